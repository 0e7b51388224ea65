"""The tables of the cases: one with every kind of field that a client can create, and small ones."""


def field(name, kind, **options):
    return {"name": name, "type": kind, **({"options": options} if options else {})}


ISO = {"name": "iso"}
CHECK = {"icon": "check", "color": "greenBright"}
UTC = {"dateFormat": ISO, "timeFormat": {"name": "24hour"}, "timeZone": "utc"}
AMSTERDAM = {**UTC, "timeZone": "Europe/Amsterdam"}
CHOICES = [{"name": "Todo"}, {"name": "Done"}]

THINGS = {
    "name": "Things",
    "description": "One of each",
    "fields": [
        field("Name", "singleLineText"),
        field("Notes", "multilineText"),
        field("Rich", "richText"),
        field("Number", "number", precision=2),
        field("Count", "number", precision=0),
        field("Done", "checkbox", **CHECK),
        field("Status", "singleSelect", choices=CHOICES),
        field("Tags", "multipleSelects", choices=CHOICES),
        field("Day", "date", dateFormat=ISO),
        field("At", "dateTime", **UTC),
        field("At home", "dateTime", **AMSTERDAM),
        field("Took", "duration", durationFormat="h:mm:ss"),
        field("Phone", "phoneNumber"),
        field("Email", "email"),
        field("URL", "url"),
        field("Price", "currency", precision=2, symbol="€"),
        field("Share", "percent", precision=1),
        field("Stars", "rating", max=5, icon="star", color="yellowBright"),
        field("Code", "barcode"),
        field("Files", "multipleAttachments"),
        field("Serial", "autoNumber"),
        field("Created", "createdTime"),
        field("Changed", "lastModifiedTime"),
        field("Twice", "formula", formula="{Number} * 2"),
        field("Third", "formula", formula="1/3"),
        field("Upper", "formula", formula="UPPER({Name})"),
        field("Broken", "formula", formula="ERROR()"),
        field("NaN", "formula", formula="0/0"),
    ],
}
PLACES = {"name": "Places", "fields": [field("Street", "singleLineText"), field("Number", "number", precision=0)]}
ODD = {"name": "Guest's {odd} table", "fields": [field("Guest's {odd} name", "singleLineText")]}
# Users in cells.
TASKS = {
    "name": "Tasks",
    "fields": [
        field("Name", "singleLineText"),
        field("Assignee", "singleCollaborator"),
        field("Watchers", "multipleCollaborators"),
        field("Created by", "createdBy"),
        field("Changed by", "lastModifiedBy"),
    ],
}


def link(base):
    """Adds the fields that need the id of a table or field, and returns the tables."""
    things, places = base.table("Things"), base.table("Places")
    ids = {one.name: one.id for one in things.schema().fields}
    things.create_field("Where", "multipleRecordLinks", options={"linkedTableId": places.schema().id})
    itself = things.create_field("Itself", "multipleRecordLinks", options={"linkedTableId": things.schema().id})
    through = {"recordLinkFieldId": itself.id}
    twice, broken = {"fieldIdInLinkedTable": ids["Twice"]}, {"fieldIdInLinkedTable": ids["Broken"]}
    things.create_field("Links", "count", options=through)
    things.create_field("Sum", "rollup", options={**through, **twice, "formula": "SUM(values)"})
    things.create_field("Looked up", "multipleLookupValues", options={**through, **twice})
    things.create_field("Looked up error", "multipleLookupValues", options={**through, **broken})
    return things, places
