"""Uses unmodified pyairtable with another endpoint and key. Prints its observations as one JSON object."""

import json
import sys

from pyairtable import Api
from pyairtable import formulas as F

given = json.load(sys.stdin)
seen = {}
try:
    api = Api(given["key"], endpoint_url=given["endpoint"])
    fields = [
        {"name": "Name", "type": "singleLineText"},
        {"name": "Age", "type": "number", "options": {"precision": 0}},
    ]
    base = api.create_base("default", "From Python", [{"name": "People", "fields": fields}])
    people = base.table("People")
    made = people.batch_create([{"Name": f"Person {n}", "Age": n} for n in range(250)])
    seen["written"] = len(made)
    seen["pages"] = [len(page) for page in people.iterate(page_size=100)]
    seen["filtered"] = len(people.all(formula=F.match({"Age": (">=", 200)})))
    upserted = people.batch_upsert(
        [{"fields": {"Name": "Person 3", "Age": 1003}}, {"fields": {"Name": "Fresh"}}], key_fields=["Name"]
    )
    seen["upserted"] = [len(upserted["updatedRecords"]), len(upserted["createdRecords"])]
    specification = {"options": {"filters": {"dataTypes": ["tableData"], "recordChangeScope": people.id}}}
    made_hook = base.add_webhook(None, specification)
    watched = people.create({"Name": "Watched"})
    webhook = base.webhook(made_hook.id)
    changes = [payload.changed_tables_by_id[people.id] for payload in webhook.payloads()]
    seen["reported"] = [len(change.created_records_by_id) for change in changes if watched["id"] in change.created_records_by_id]
    webhook.extend_expiration()
    webhook.delete()
    seen["webhooksLeft"] = len(base.webhooks())
    people.delete(watched["id"])
    seen["deleted"] = len(people.batch_delete([row["id"] for row in people.all()]))
    seen["left"] = len(people.all())
except Exception as failure:  # Also a response that pyairtable cannot read.
    print(f"{type(failure).__name__}: {failure}", file=sys.stderr)
    sys.exit(3)
print(json.dumps(seen))
