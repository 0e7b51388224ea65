"""Runs the unchanged pyairtable against an endpoint with a key, and prints its observations as one JSON object."""

import base64
import datetime
import json
import sys

from pyairtable import Api
from pyairtable import formulas as F

endpoint, key = sys.argv[1:3]
api = Api(key, endpoint_url=endpoint)
seen = {}

seen["user"] = api.whoami()["id"]
base = api.create_base(
    "default",
    "From Python",
    [
        {
            "name": "People",
            "fields": [
                {"name": "Name", "type": "singleLineText"},
                {"name": "Age", "type": "number", "options": {"precision": 0}},
                {"name": "Guest's {odd} name", "type": "singleLineText"},
                {"name": "Born", "type": "date", "options": {"dateFormat": {"name": "iso"}}},
                {"name": "Happy", "type": "checkbox", "options": {"icon": "check", "color": "greenBright"}},
            ],
        }
    ],
)
seen["listed"] = base.id in [one.id for one in api.bases(force=True)]
people = base.table("People")

made = people.batch_create([{"Name": f"Person {n}", "Age": n, "Happy": n % 2 == 0} for n in range(250)])
seen["created"] = len(made)
seen["pages"] = [len(page) for page in people.iterate(page_size=100)]
seen["sorted"] = [row["fields"]["Age"] for row in people.all(sort=["-Age"], max_records=3)]
seen["fields"] = people.all(fields=["Age"], formula=F.match({"Name": "Person 7"}))[0]["fields"]


def names(formula):
    return sorted(row["fields"].get("Name", "") for row in people.all(formula=formula))


tricky = "it's a \\ \"quoted\" } name"
row = people.create({"Name": tricky, "Guest's {odd} name": "x", "Born": "2023-12-01"})
seen["escaped"] = names(F.match({"Name": tricky})) == [tricky]
seen["braces"] = names(F.EQ(F.Field("Guest's {odd} name"), "x")) == [tricky]
seen["dated"] = names(F.EQ(F.Field("Born"), datetime.date(2023, 12, 1))) == [tricky]
seen["compared"] = len(names(F.match({"Age": (">=", 200), "Happy": True})))
seen["either"] = len(names(F.OR(F.EQ(F.Field("Age"), 1), F.EQ(F.Field("Age"), 2)) & F.NOT(F.EQ(F.Field("Age"), 2))))
seen["functions"] = len(names(F.AND(F.FIND("Person 1", F.Field("Name")), F.GT(F.LEN(F.Field("Name")), 9))))
seen["long"] = len(names(F.OR(*[F.EQ(F.Field("Name"), f"Person {n}") for n in range(700)])))

seen["got"] = people.get(row["id"])["fields"]["Name"] == tricky
seen["updated"] = people.update(row["id"], {"Age": 5})["fields"]["Age"]
seen["replaced"] = people.update(row["id"], {"Name": "Only"}, replace=True)["fields"]
upserted = people.batch_upsert(
    [{"fields": {"Name": "Person 3", "Age": 1003}}, {"fields": {"Name": "Fresh"}}], key_fields=["Name"]
)
seen["upserted"] = [len(upserted["updatedRecords"]), len(upserted["createdRecords"])]
seen["batch_updated"] = len(people.batch_update([{"id": one["id"], "fields": {"Age": 0}} for one in made[:25]]))

table = base.create_table("Later", [{"name": "Name", "type": "singleLineText"}], description="Made later")
field = people.create_field("Later", "multipleRecordLinks", options={"linkedTableId": table.id})
seen["linked"] = field.options.linked_table_id == table.id
schema = people.schema(force=True)
seen["schema"] = [one.type for one in schema.fields]
age = schema.field("Age")
age.name = "Years"
age.save()
seen["renamed"] = people.schema(force=True).field("Years").name

comment = people.add_comment(made[0]["id"], "Hello")
comment.text = "Hello again"
comment.save()
seen["comments"] = [one.text for one in people.comments(made[0]["id"])]
seen["counted"] = people.get(made[0]["id"])["fields"]["Name"]
comment.delete()
seen["uncommented"] = people.comments(made[0]["id"])

hook = base.add_webhook(None, {"options": {"filters": {"dataTypes": ["tableData"]}, "includes": {"includePreviousCellValues": True}}})
seen["secret"] = len(base64.b64decode(hook.mac_secret_base64))
watched = people.create({"Name": "Watched"})
people.update(watched["id"], {"Name": "Seen"})
webhook = base.webhook(hook.id)
seen["webhooks"] = [one.id == hook.id and one.is_hook_enabled for one in base.webhooks()]
created, changed = list(webhook.payloads())
seen["payloads"] = [
    list(created.changed_tables_by_id[people.id].created_records_by_id) == [watched["id"]],
    [list(change.cell_values_by_field_id.values()) for change in (
        changed.changed_tables_by_id[people.id].changed_records_by_id[watched["id"]].previous,
        changed.changed_tables_by_id[people.id].changed_records_by_id[watched["id"]].current,
    )],
    [payload.cursor for payload in webhook.payloads(cursor=2)],
    created.action_metadata.source,
]
webhook.disable_notifications()
seen["disabled"] = base.webhook(hook.id).are_notifications_enabled
webhook.enable_notifications()
webhook.extend_expiration()
people.delete(watched["id"])
webhook.delete()
seen["unwatched"] = base.webhooks()

try:
    people.all(formula="{Nobody} = 1")
except Exception as error:  # requests' HTTPError, with Airtable's error as its last argument
    seen["rejected"] = str(error.args[-1])

seen["deleted"] = len(people.batch_delete([one["id"] for one in people.all()]))
seen["left"] = people.all()
print(json.dumps(seen))
