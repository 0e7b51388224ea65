"""Comments, webhooks."""


@case
def comments_on_records():
    record = places.create({"Street": "Han"})
    me = api.whoami()["id"]
    made = places.add_comment(record["id"], f"For @[{me}]")
    same(made.author.id, me)
    [seen] = places.comments(record["id"])
    same((seen.text, seen.author.id, seen.mentioned[me].id), (f"For @[{me}]", me, me))
    same(places.all(count_comments=True)[0]["commentCount"], 1)
    seen.text = "Never mind"
    seen.save()
    same((seen.text, bool(seen.mentioned)), ("Never mind", False))
    seen.delete()
    same((seen.deleted, places.comments(record["id"])), (True, []))
    model = Place.from_id(record["id"])
    model.add_comment("From a model").delete()
    same(model.comments(), [])
    clear(places)


@case
def watches_changes_by_webhook():
    scope = {"options": {"filters": {"dataTypes": ["tableData"], "recordChangeScope": schema_of_places.id}}}
    made = base.add_webhook("https://example.com/", scope)
    webhook = base.webhook(made.id)
    webhook.disable_notifications()
    same(base.webhook(made.id).are_notifications_enabled, False)
    webhook.enable_notifications()
    webhook.disable_notifications()
    webhook.extend_expiration()
    street = schema_of_places.field("Street").id
    record = places.create({"Street": "Han"})
    [payload] = webhook.payloads()
    change = payload.changed_tables_by_id[schema_of_places.id]
    same(change.created_records_by_id[record["id"]].cell_values_by_field_id, {street: "Han"})
    for n in range(20):
        places.update(record["id"], {"Street": str(n)})
    later = list(webhook.payloads(cursor=payload.cursor + 1))
    seen = [
        one.changed_tables_by_id[schema_of_places.id].changed_records_by_id[record["id"]].current
        for one in later
    ]
    same([one.cell_values_by_field_id[street] for one in seen], [str(n) for n in range(20)])
    same(len(list(webhook.payloads(limit=5))), 5)
    webhook.delete()
    same(base.webhooks(), [])
    clear(places)


run_cases()
