"""The base that the cases use, with every kind of field that a client can create."""


def field(name, kind, **options):
    return {"name": name, "type": kind, **({"options": options} if options else {})}


ISO = {"name": "iso"}
CHECK = {"icon": "check", "color": "greenBright"}
UTC = {"dateFormat": ISO, "timeFormat": {"name": "24hour"}, "timeZone": "utc"}
AMSTERDAM = {**UTC, "timeZone": "Europe/Amsterdam"}
CHOICES = [{"name": "Todo"}, {"name": "Done"}]

base = api.create_base(
    "default",
    "pyairtable",
    [
        {
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
        },
        {"name": "Places", "fields": [field("Street", "singleLineText"), field("Number", "number", precision=0)]},
        {"name": "Guest's {odd} table", "fields": [field("Guest's {odd} name", "singleLineText")]},
    ],
)
things = base.table("Things")
places = base.table("Places")
ids = {one.name: one.id for one in things.schema().fields}
schema_of_places = places.schema()


def clear(*tables):
    for table in tables:
        table.batch_delete([record["id"] for record in table.all()])


def link(name, kind, **options):
    return things.create_field(name, kind, options=options)


where = link("Where", "multipleRecordLinks", linkedTableId=schema_of_places.id)
itself = link("Itself", "multipleRecordLinks", linkedTableId=things.id)
through = {"recordLinkFieldId": itself.id}
link("Links", "count", **through)
link("Sum", "rollup", **through, fieldIdInLinkedTable=ids["Twice"], formula="SUM(values)")
link("Looked up", "multipleLookupValues", **through, fieldIdInLinkedTable=ids["Twice"])
link("Looked up error", "multipleLookupValues", **through, fieldIdInLinkedTable=ids["Broken"])
