"""Bases, tables, fields, collaborators and the code generator."""


@case
def lists_and_opens_bases():
    same({one.id: one.name for one in api.bases()}[base.id], "pyairtable")
    same(api.base(base.id, validate=True).name, "pyairtable")
    same(api.base(base.id, force=True, validate=True).id, base.id)
    same(base.urls.tables.endswith(f"/v0/meta/bases/{base.id}/tables"), True)
    same([one.name for one in base.tables()][:2], ["Things", "Places"])
    same(api.table(base.id, "Places").schema().id, schema_of_places.id)
    same(api.table(base.id, schema_of_places.id, validate=True).name, "Places")


@case
def creates_bases_and_tables():
    made = api.workspace("default").create_base("Second", [{"name": "T", "fields": [{"name": "N", "type": "email"}]}])
    same(made.id in [one.id for one in api.bases(force=True)], True)
    table = made.create_table("Later", [{"name": "Name", "type": "singleLineText"}], description="Made later")
    same((table.name, table.schema().description), ("Later", "Made later"))
    same([one.name for one in made.schema(force=True).tables], ["T", "Later"])
    same(api.workspace("default").urls.meta.endswith("/v0/meta/workspaces/default"), True)
    # Only enterprise accounts may do this.
    rejected(lambda: made.delete(), (403, 404, 405), "NOT_FOUND", "METHOD_NOT_ALLOWED", "INVALID_PERMISSIONS")


@case
def shows_the_collaborators_of_a_base():
    info = base.collaborators()
    same((info.id, info.name), (base.id, "pyairtable"))
    same(api.whoami()["id"] in [one.user_id for one in info.individual_collaborators.base_collaborators], True)


@case
def shows_the_type_of_every_field():
    shown = {one.name: one.type for one in things.schema(force=True).fields}
    expected = {
        "Name": "singleLineText", "Notes": "multilineText", "Rich": "richText", "Number": "number",
        "Count": "number", "Done": "checkbox", "Status": "singleSelect", "Tags": "multipleSelects", "Day": "date",
        "At": "dateTime", "At home": "dateTime", "Took": "duration", "Phone": "phoneNumber", "Email": "email",
        "URL": "url", "Price": "currency", "Share": "percent", "Stars": "rating", "Code": "barcode",
        "Files": "multipleAttachments", "Serial": "autoNumber", "Created": "createdTime",
        "Changed": "lastModifiedTime", "Twice": "formula", "Third": "formula", "Upper": "formula",
        "Broken": "formula", "NaN": "formula", "Where": "multipleRecordLinks", "Itself": "multipleRecordLinks",
        "Links": "count", "Sum": "rollup", "Looked up": "multipleLookupValues",
        "Looked up error": "multipleLookupValues",
    }  # fmt: skip
    same({name: shown.get(name) for name in expected}, expected)
    computed = [one for one in things.schema().fields if one.type in ("formula", "rollup")]
    results = {one.name: one.options.result.type for one in computed}
    expected = {"Twice": "number", "Upper": "singleLineText", "Sum": "number"}
    same({name: results[name] for name in expected}, expected)


@case
def changes_tables_and_fields():
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


@case
def generates_models_from_the_schema():
    code = str(generate.ModelFileBuilder(base, table_names=["Things", "Places"]))
    names = {}
    exec(compile(code, "models.py", "exec"), names)
    fields = [one for one in vars(names["Thing"]).values() if hasattr(one, "field_name")]
    kinds = {one.field_name: type(one).__name__ for one in fields}
    expected = {"Name": "TextField", "Upper": "TextField", "Created": "CreatedTimeField", "Price": "CurrencyField"}
    same({name: kinds.get(name) for name in expected}, expected)
    for name in ("Twice", "Third", "Sum"):
        if kinds.get(name) not in ("NumberField", "FloatField", "IntegerField"):
            raise AssertionError(f"{name} became a {kinds.get(name)}, expected a kind of number")
    same(kinds["Looked up"], "LookupField")
