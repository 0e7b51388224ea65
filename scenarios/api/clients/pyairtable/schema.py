"""Bases, tables, fields and the code generator."""

from pyairtable.models.schema import parse_field_schema
from pyairtable.orm import generate
from suite import case, rejected, same
from tables import PLACES, THINGS, link


@case
def lists_and_opens_bases(client):
    api, base = client.api, client.base(THINGS, PLACES)
    same({one.id: one.name for one in api.bases()}[base.id], "pyairtable")
    same(api.base(base.id, validate=True).name, "pyairtable")
    same(api.base(base.id, force=True, validate=True).id, base.id)
    same(base.urls.tables.endswith(f"/v0/meta/bases/{base.id}/tables"), True)
    same([one.name for one in base.tables()], ["Things", "Places"])
    places = api.table(base.id, "Places")
    same(places.id_or_name, "Places")
    same(api.table(base.id, places.schema().id, validate=True).name, "Places")
    same(places.id, base.table("Places", validate=True).schema().id)
    same(places.api is api, True)


@case
def creates_bases_and_tables(client):
    api = client.api
    made = api.workspace("default").create_base("Second", [{"name": "T", "fields": [{"name": "N", "type": "email"}]}])
    same(made.id in [one.id for one in api.bases(force=True)], True)
    table = made.create_table("Later", [{"name": "Name", "type": "singleLineText"}], description="Made later")
    same((table.name, table.schema().description), ("Later", "Made later"))
    same([one.name for one in made.schema(force=True).tables], ["T", "Later"])
    same(api.workspace("default").urls.meta.endswith("/v0/meta/workspaces/default"), True)


@case
def shows_the_type_of_every_field(client):
    things, _ = link(client.base(THINGS, PLACES))
    shown = {one.name: one.type for one in things.schema(force=True).fields}
    expected = {one["name"]: one["type"] for one in THINGS["fields"]} | {
        "Where": "multipleRecordLinks", "Itself": "multipleRecordLinks", "Links": "count", "Sum": "rollup",
        "Looked up": "multipleLookupValues", "Looked up error": "multipleLookupValues",
    }  # fmt: skip
    same({name: shown.get(name) for name in expected}, expected)
    computed = [one for one in things.schema().fields if one.type in ("formula", "rollup")]
    results = {one.name: one.options.result.type for one in computed}
    expected = {"Twice": "number", "Upper": "singleLineText", "Sum": "number"}
    same({name: results[name] for name in expected}, expected)


@case
def changes_tables_and_fields(client):
    base = client.base(PLACES)
    places = base.table("Places")
    schema = base.schema(force=True)
    table = schema.table("Places")
    same(schema.table(table.id).name, "Places")
    table.description = "Where things are"
    table.save()
    same(places.schema(force=True).description, "Where things are")
    field = places.create_field("Colour", "singleSelect", description="Paint", options={"choices": [{"name": "Red"}]})
    same((field.type, field.description, field.options.choices[0].name), ("singleSelect", "Paint", "Red"))
    field.name, field.description = "Paint", "The colour"
    field.save()
    again = places.schema(force=True).field("Paint")
    same((again.id, again.description), (field.id, "The colour"))
    view = table.views[0]
    same(table.view(view.id).name, view.name)
    same(table.field("Street").id, table.primary_field_id)
    [raw, *_] = client.api.get(base.urls.tables)["tables"][0]["fields"]
    same(parse_field_schema(raw).name, "Street")


@case
def rejects_dependencies_between_dates(client):
    table = client.base(THINGS).table("Things").schema()
    same(table.date_dependency, None)
    table.set_date_dependency("Day", "At", "Took", "flexible")
    rejected(table.save, 422, "INVALID_REQUEST_UNKNOWN", "INVALID_REQUEST_BODY")


@case
def generates_models_from_the_schema(client):
    base = client.base(THINGS, PLACES)
    link(base)
    code = str(generate.ModelFileBuilder(base, table_names=["Things", "Places"]))
    names = {"__name__": "generated"}
    exec(compile(code, "generated.py", "exec"), names)
    fields = [one for one in vars(names["Thing"]).values() if hasattr(one, "field_name")]
    kinds = {one.field_name: type(one).__name__ for one in fields}
    expected = {"Name": "TextField", "Upper": "TextField", "Created": "CreatedTimeField"}
    expected |= {"Price": "CurrencyField", "Twice": "NumberField", "Third": "NumberField", "Sum": "NumberField"}
    expected |= {"Looked up": "LookupField", "Where": "LinkField"}
    same({name: kinds.get(name) for name in expected}, expected)
