"""Records: read, write, page, upsert."""

from pyairtable import formulas as F
from suite import case, rejected, same
from tables import ODD, PLACES, THINGS


@case
def creates_reads_changes_replaces_and_deletes(client):
    things = client.base(THINGS).table("Things")
    made = things.create({"Name": "A", "Number": 1, "Done": True})
    same(things.get(made["id"])["fields"]["Name"], "A")
    same(things.update(made["id"], {"Name": "B"})["fields"]["Number"], 1)
    replaced = things.update(made["id"], {"Number": 2}, replace=True)["fields"]
    same([replaced.get(name) for name in ("Name", "Number", "Done")], [None, 2, None])
    same(things.first(fields=["Number"])["fields"], {"Number": 2})
    same(things.delete(made["id"]), {"id": made["id"], "deleted": True})
    rejected(lambda: things.get(made["id"]), 404, "NOT_FOUND")
    same(things.first(), None)


@case
def writes_batches(client):
    things = client.base(THINGS).table("Things")
    made = things.batch_create([{"Name": "A", "Number": n} for n in range(15)])
    same([record["fields"]["Number"] for record in made], list(range(15)))
    changed = things.batch_update([{"id": record["id"], "fields": {"Name": "C"}} for record in made])
    same([record["fields"]["Name"] for record in changed], ["C"] * 15)
    replaced = things.batch_update([{"id": record["id"], "fields": {"Notes": "x"}} for record in made], replace=True)
    same([record["fields"].get("Name") for record in replaced], [None] * 15)
    same([one["deleted"] for one in things.batch_delete([record["id"] for record in made])], [True] * 15)
    same(things.all(), [])


@case
def names_fields_by_id(client):
    things = client.base(THINGS).table("Things")
    name, number = (things.schema().field(one).id for one in ("Name", "Number"))
    made = things.create({name: "Hello"}, use_field_ids=True)
    same(made["fields"][name], "Hello")
    same(things.get(made["id"], use_field_ids=True)["fields"][name], "Hello")
    same(things.update(made["id"], {name: "Bye"}, use_field_ids=True)["fields"][name], "Bye")
    many = things.batch_create([{name: "Alpha"}, {name: "Bravo"}], use_field_ids=True)
    formula = F.OR(F.RECORD_ID().eq(record["id"]) for record in many)
    found = things.all(formula=formula, use_field_ids=True, fields=[name, number])
    same([record["fields"] for record in found], [{name: "Alpha"}, {name: "Bravo"}])
    updates = [{"id": record["id"], "fields": {name: "!" + record["fields"][name]}} for record in many]
    same([one["fields"][name] for one in things.batch_update(updates, use_field_ids=True)], ["!Alpha", "!Bravo"])
    client.api.use_field_ids = True
    same(things.get(made["id"])["fields"][name], "Bye")


def accepts_every_option(client, formula):
    places = client.base(PLACES).table("Places")
    schema = places.schema()
    made = places.create({"Street": "abracadabra"})
    by_id = {**made, "fields": {schema.field("Street").id: "abracadabra"}}
    for view in [view.name for view in schema.views]:
        same(places.all(formula=formula, view=view), [made])
    same(places.all(formula=formula, max_records=1), [made])
    same(places.all(formula=formula, page_size=1), [made])
    same(places.all(formula=formula, offset=""), [made])
    same(places.all(formula=formula, fields=["Street", "Number"]), [made])
    same(places.all(formula=formula, cell_format="json"), [made])
    same(places.all(formula=formula, sort=["Street", "-Number"]), [made])
    same(places.all(formula=formula, time_zone="utc"), [made])
    same(places.all(formula=formula, user_locale="en-ie"), [made])
    same(places.all(formula=formula, time_zone="utc", user_locale="en-ie", cell_format="string"), [made])
    same(places.all(formula=formula, use_field_ids=True), [by_id])
    same(places.all(formula=formula, count_comments=True), [{**made, "commentCount": 0}])


@case
def accepts_every_option_of_a_list_in_a_query(client):
    accepts_every_option(client, "{Street} != ''")


@case
def accepts_every_option_of_a_list_in_a_body(client):
    # The formula is too long for a URL, so the client sends the options in a body.
    accepts_every_option(client, f"{{Street}} != '{'x' * 17000}'")


@case
def shows_cells_as_text(client):
    things = client.base(THINGS).table("Things")
    made = things.create({"Name": "A", "Share": 0.125, "Done": True, "Price": 3, "Day": "2024-02-29", "Took": 3661})
    shown = things.get(made["id"], cell_format="string", time_zone="Europe/Berlin", user_locale="en-gb")["fields"]
    seen = {name: shown[name] for name in ("Share", "Done", "Price", "Day", "Took")}
    same(seen, {"Share": "12.5%", "Done": "checked", "Price": "€3.00", "Day": "2024-02-29", "Took": "1:01:01"})


@case
def upserts_by_fields_and_by_ids(client):
    places = client.base(PLACES).table("Places")
    one, two = places.batch_create([{"Street": "One"}, {"Street": "Two"}])
    rows = [
        {"id": one["id"], "fields": {"Number": 3}},
        {"fields": {"Street": "Two", "Number": 4}},
        {"fields": {"Street": "Three", "Number": 5}},
    ]
    result = places.batch_upsert(rows, key_fields=["Street"])
    same(set(result["updatedRecords"]), {one["id"], two["id"]})
    same(len(result["createdRecords"]), 1)
    same([row["fields"].get("Number") for row in result["records"]], [3, 4, 5])
    rows = [
        {"id": one["id"], "fields": {"Number": 3}},
        {"fields": {"Street": "Two"}},
        {"fields": {"Street": "Three", "Number": 6}},
        {"fields": {"Street": None, "Number": 7}},
    ]
    result = places.batch_upsert(rows, key_fields=["Street"], replace=True)
    expected = [{"Number": 3}, {"Street": "Two"}, {"Street": "Three", "Number": 6}, {"Number": 7}]
    same([row["fields"] for row in result["records"]], expected)
    same(len(result["createdRecords"]), 1)
    street = places.schema().field("Street").id
    rows = [{"fields": {"Street": "Two", "Number": 8}}]
    result = places.batch_upsert(rows, key_fields=["Street"], use_field_ids=True)
    same([(row["id"], row["fields"][street]) for row in result["records"]], [(two["id"], "Two")])


@case
def upserts_more_than_one_batch(client):
    places = client.base(PLACES).table("Places")
    places.batch_create([{"Street": f"Street {n}", "Number": n} for n in range(5)])
    rows = [{"fields": {"Street": f"Street {n}", "Number": n + 100}} for n in range(25)]
    result = places.batch_upsert(rows, key_fields=["Street"])
    same([len(result["updatedRecords"]), len(result["createdRecords"])], [5, 20])
    same(sorted(row["fields"]["Number"] for row in places.all()), list(range(100, 125)))


@case
def pages_through_500_records(client):
    places = client.base(PLACES).table("Places")
    made = places.batch_create([{"Street": f"Street {n}"} for n in range(500)])
    formula = F.OR(F.RECORD_ID().eq(record["id"]) for record in made[:-1])
    same(len(str(formula)) > client.api.MAX_URL_LENGTH, True)  # So the client sends it in a body.
    for size in (10, 50):
        pages = places.iterate(formula=formula, page_size=size)
        first, second = next(pages), next(pages)
        same([len(first), len(second)], [size, size])
        same({row["id"] for row in first} & {row["id"] for row in second}, set())
    for limit in (10, 50):
        same(len(places.all(formula=formula, max_records=limit)), limit)
    pages = list(places.iterate(formula=formula, page_size=10, max_records=25))
    same([len(page) for page in pages], [10, 10, 5])
    same(len({row["id"] for page in pages for row in page}), 25)
    same([row["id"] for row in places.all(formula=formula)], [row["id"] for row in made[:-1]])
    same([row["id"] for row in places.all()], [row["id"] for row in made])  # In the URL.


@case
def filters_by_a_url_just_below_the_longest(client):
    places = client.base(PLACES).table("Places")
    made = places.create({"Street": "y"})
    for length in (15_000, 15_500, 15_900):
        # The client measures the whole URL and moves to a body beyond 16,000 characters.
        same(places.all(formula="{Street}!='" + "x" * length + "'"), [made])


@case
def adds_choices_and_reads_text_with_typecast(client):
    things = client.base(THINGS).table("Things")
    rejected(lambda: things.create({"Status": "Later"}), 422, "INVALID_MULTIPLE_CHOICE_OPTIONS")
    row = {"Status": "Later", "Tags": ["Todo", "New"], "Number": "4.5", "Done": "true"}
    row |= {"Day": "29 Feb 2024", "At": "2024-02-29 10:00 +0100"}
    seen = things.create(row, typecast=True)["fields"]
    expected = {**row, "Number": 4.5, "Done": True, "Day": "2024-02-29", "At": "2024-02-29T09:00:00.000Z"}
    same({name: seen.get(name) for name in row}, expected)


@case
def attaches_files_by_url(client):
    things = client.base(THINGS).table("Things")
    url = "https://example.com/picture.png"
    made = things.create({"Files": [{"url": url, "filename": "a.png"}, {"url": url, "filename": "b.png"}]})
    same([file["filename"] for file in things.get(made["id"])["fields"]["Files"]], ["a.png", "b.png"])


@case
def uses_names_with_quotes_and_braces(client):
    base = client.base(ODD)
    odd = base.table("Guest's {odd} table")
    made = odd.create({"Guest's {odd} name": "x"})
    same(odd.all(formula=F.EQ(F.Field("Guest's {odd} name"), "x")), [made])
    same(odd.batch_delete([made["id"]])[0]["deleted"], True)
    # Names of tables compare without case.
    same(base.table("GUEST'S {ODD} TABLE").all(), [])
