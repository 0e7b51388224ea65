"""Comments and webhooks."""

import hashlib
import hmac
import json
from base64 import b64decode

from models import place_model
from pyairtable.models.comment import Reaction
from pyairtable.models.webhook import WebhookNotification
from suite import case, same
from tables import PLACES


@case
def comments_on_records(client):
    base = client.base(PLACES)
    places = base.table("Places")
    record = places.create({"Street": "Han"})
    me = client.api.whoami()["id"]
    made = places.add_comment(record["id"], "First")
    same((made.text, made.author.id), ("First", me))
    [seen] = places.comments(record["id"])
    same((seen.id, seen.text, seen.author.id, seen.reactions), (made.id, "First", me, []))
    same(places.all(count_comments=True)[0]["commentCount"], 1)
    seen.text = "Never mind"
    seen.save()
    same((seen.text, places.comments(record["id"])[0].text), ("Never mind", "Never mind"))
    seen.delete()
    same((seen.deleted, places.comments(record["id"])), (True, []))
    model = place_model(client, base).from_id(record["id"])
    model.add_comment("From a model").delete()
    same(model.comments(), [])
    # The platform has no reactions; programs read those of stored responses.
    reaction = {"emoji": {"unicodeCharacter": "1f44d"}, "reactingUser": {"userId": me}}
    same(Reaction.from_api(reaction, client.api).emoji, "👍")


@case
def watches_changes_by_webhook(client):
    base = client.base(PLACES)
    places = base.table("Places")
    schema = places.schema()
    scope = {"options": {"filters": {"dataTypes": ["tableData"], "recordChangeScope": schema.id}}}
    made = base.add_webhook("https://example.com/", scope)
    webhook = base.webhook(made.id)
    webhook.disable_notifications()
    same(base.webhook(made.id).are_notifications_enabled, False)
    webhook.enable_notifications()
    same(base.webhook(made.id).are_notifications_enabled, True)
    webhook.disable_notifications()
    webhook.extend_expiration()
    same(base.webhook(made.id).expiration_time >= made.expiration_time, True)
    street = schema.field("Street").id
    record = places.create({"Street": "Han"})
    [payload] = webhook.payloads()
    change = payload.changed_tables_by_id[schema.id]
    same(change.created_records_by_id[record["id"]].cell_values_by_field_id, {street: "Han"})
    for n in range(20):
        places.update(record["id"], {"Street": str(n)})
    later = list(webhook.payloads(cursor=payload.cursor + 1))
    changes = [one.changed_tables_by_id[schema.id].changed_records_by_id[record["id"]].current for one in later]
    same([one.cell_values_by_field_id[street] for one in changes], [str(n) for n in range(20)])
    same(len(list(webhook.payloads(limit=5))), 5)
    webhook.delete()
    same(base.webhooks(), [])


@case
def reads_notifications_with_the_secret_of_a_webhook(client):
    base = client.base(PLACES)
    made = base.add_webhook(None, {"options": {"filters": {"dataTypes": ["tableData"]}}})
    body = json.dumps({"base": {"id": base.id}, "webhook": {"id": made.id}, "timestamp": "2024-02-29T10:20:30.000Z"})
    mac = hmac.new(b64decode(made.mac_secret_base64), body.encode(), hashlib.sha256).hexdigest()
    notification = WebhookNotification.from_request(body, f"hmac-sha256={mac}", made.mac_secret_base64)
    same((notification.base.id, notification.webhook.id), (base.id, made.id))
