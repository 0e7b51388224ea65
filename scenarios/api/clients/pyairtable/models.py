"""The ORM: every kind of field, links, lists, and saving of changes only."""

import datetime

from pyairtable.orm import Model
from pyairtable.orm import fields as f
from pyairtable.utils import Url
from suite import case, same, timeout
from tables import PLACES, THINGS, link


def meta_of(client, base, name, **options):
    """The settings of a model. The ORM has no setting for the endpoint: `connect` changes it."""
    given = {"api_key": client.key, "base_id": base.id, "table_name": name, "timeout": timeout, "retry": None}
    return type("Meta", (), {**given, **options})


def connect(client, *models):
    for model in models:
        model.meta.api.endpoint_url = Url(client.endpoint)


def place_model(client, base, **options):
    class Place(Model):
        Meta = meta_of(client, base, "Places", **options)

        street = f.SingleLineTextField("Street")
        number = f.IntegerField("Number")

    connect(client, Place)
    return Place


def thing_model(client, base, Place):
    class Thing(Model):
        Meta = meta_of(client, base, "Things")

        name = f.SingleLineTextField("Name")
        notes = f.MultilineTextField("Notes")
        rich = f.RichTextField("Rich")
        number = f.FloatField("Number")
        count = f.IntegerField("Count")
        done = f.CheckboxField("Done")
        status = f.SelectField("Status")
        tags = f.MultipleSelectField("Tags")
        day = f.DateField("Day")
        at = f.DatetimeField("At")
        took = f.DurationField("Took")
        phone = f.PhoneNumberField("Phone")
        email = f.EmailField("Email")
        url = f.UrlField("URL")
        price = f.CurrencyField("Price")
        share = f.PercentField("Share")
        stars = f.RatingField("Stars")
        code = f.BarcodeField("Code")
        files = f.AttachmentsField("Files")
        serial = f.AutoNumberField("Serial")
        created = f.CreatedTimeField("Created")
        changed = f.LastModifiedTimeField("Changed")
        twice = f.FloatField("Twice", readonly=True)
        upper = f.TextField("Upper", readonly=True)
        broken = f.TextField("Broken", readonly=True)
        nan = f.TextField("NaN", readonly=True)
        where = f.LinkField("Where", Place)
        itself = f.SingleLinkField["Thing"]("Itself", model=f.LinkSelf, lazy=False)
        links = f.CountField("Links")
        total = f.FloatField("Sum", readonly=True)
        looked_up = f.LookupField("Looked up", readonly=True)
        looked_up_error = f.LookupField("Looked up error", readonly=True)

    connect(client, Thing)
    return Thing


def linked_models(client):
    base = client.base(THINGS, PLACES)
    link(base)
    Place = place_model(client, base)
    return thing_model(client, base, Place), Place


@case
def saves_and_fetches_every_kind_of_field(client):
    Thing, Place = linked_models(client)
    at = datetime.datetime(2024, 2, 29, 10, 20, 30, tzinfo=datetime.timezone.utc)
    given = {
        "name": "Ada", "notes": "a\nb", "rich": "**bold**", "number": 1.5, "count": 3, "done": True,
        "status": "Todo", "tags": ["Todo", "Done"], "day": datetime.date(2024, 2, 29), "at": at,
        "took": datetime.timedelta(hours=1, seconds=5), "phone": "+49 30 1", "email": "a@example.com",
        "url": "https://example.com", "price": 3.5, "share": 0.125, "stars": 4, "code": {"text": "4006381333931"},
    }  # fmt: skip
    place = Place(street="Han", number=123)
    same(place.save().created, True)
    thing = Thing(where=[place], **given)
    same((thing.exists(), thing.save().created, thing.exists()), (False, True, True))
    thing.itself = thing
    same(thing.save().updated, True)
    again = Thing.from_id(thing.id)
    same({name: getattr(again, name) for name in given}, given)
    same([one.street for one in again.where], ["Han"])
    same((again.twice, again.upper, again.nan), (3, "ADA", {"specialValue": "NaN"}))
    same((again.links, again.total, again.looked_up), (1, 3, [3]))
    same(again.looked_up_error, [{"error": "#ERROR!"}])
    same((type(again.serial), type(again.created), type(again.changed)), (int, datetime.datetime, datetime.datetime))
    same(again.to_record()["fields"]["Name"], "Ada")
    lazy = Thing.from_id(thing.id)
    Thing.where.populate(lazy, lazy=True)
    Thing.itself.populate(lazy, lazy=True)
    same(([one.street for one in lazy.where], lazy.itself.id, lazy.itself.name), ([""], thing.id, ""))
    same((Thing.where.linked_model, Thing.itself.linked_model), (Place, Thing))
    same((Thing.name.field_schema().type, Thing.links.field_schema().type), ("singleLineText", "count"))
    same((thing.delete(), place.delete()), (True, True))


@case
def leaves_fields_that_are_empty_at_their_defaults(client):
    Thing, _ = linked_models(client)
    thing = Thing()
    thing.save()
    thing.fetch()
    same((thing.name, thing.done, thing.tags, thing.files, thing.where), ("", False, [], [], []))
    same((thing.number, thing.day, thing.itself, thing.looked_up), (None, None, None, []))
    for name in ("notes", "rich", "count", "status", "at", "took", "phone", "email", "url", "price", "share", "stars"):
        setattr(thing, name, None)
    same(thing.save().updated, True)


@case
def saves_changes_only(client):
    base = client.base(PLACES)
    places = base.table("Places")

    class Street(Model):
        Meta = meta_of(client, base, "Places", typecast=False)
        street = f.TextField("Street")

    connect(client, Street)
    record = places.create({"Street": "Han", "Number": 1})
    street = Street.from_id(record["id"])
    places.update(record["id"], {"Number": 2})
    street.street = "Hun"
    saved = street.save()
    same((sorted(saved.field_names), saved.saved), (["Street"], True))
    same(places.get(record["id"])["fields"], {"Street": "Hun", "Number": 2})
    same((street.save().updated, street.save().saved, street.save(force=True).forced), (False, False, True))
    unfetched = Street.from_id(record["id"], fetch=False)
    same(unfetched.street, "")
    unfetched.fetch()
    same(unfetched.street, "Hun")
    same(Street.from_record(places.get(record["id"])).street, "Hun")
    same((street.delete(), places.all()), (True, []))


@case
def lists_and_writes_models_in_batches(client):
    Place = place_model(client, client.base(PLACES))
    rows = [Place(street=f"Street {n}", number=n) for n in range(15)]
    Place.batch_save(rows)
    rows[0].street = "Changed"
    Place.batch_save(rows)
    same(Place.first(formula=Place.number.eq(0)).street, "Changed")
    same([one.number for one in Place.all(sort=["-Number"], max_records=3)], [14, 13, 12])
    same([one.id for one in Place.from_ids([row.id for row in rows])], [row.id for row in rows])
    same(len(Place.all(formula=Place.number.gt(3) & Place.street.ne("Street 7"))), 10)
    same(len(Place.all(formula=Place.number.gte(3) & Place.number.lte(9) & Place.number.lt(9))), 6)
    Place.batch_delete(rows)
    same(Place.all(), [])


@case
def names_fields_of_models_by_id(client):
    base = client.base(PLACES)
    ids = {one.name: one.id for one in base.table("Places").schema().fields}

    class ById(Model):
        Meta = meta_of(client, base, "Places", use_field_ids=True, memoize=True)
        street = f.TextField(ids["Street"])

    connect(client, ById)
    made = ById(street="Han")
    made.save()
    [seen] = ById.all()
    same((seen.street, seen.to_record(only_writable=True)["fields"]), ("Han", {ids["Street"]: "Han"}))
    same(ById.from_id(made.id) is ById.from_id(made.id), True)
    same((ById.meta.table_name, ById.meta.base.id, ById.meta.table.name), ("Places", base.id, "Places"))


@case
def saves_lists_that_are_changed_in_place(client):
    Thing, Place = linked_models(client)
    places = [Place(street=name) for name in "abcd"]
    Place.batch_save(places)
    a, b, c, d = places
    thing = Thing(where=[a])
    thing.save()

    def stored():
        thing.save()
        return [one.street for one in Thing.from_id(thing.id).where]

    thing.where.append(b)
    same(stored(), ["a", "b"])
    thing.where.insert(0, c)
    same(stored(), ["c", "a", "b"])
    thing.where.remove(a)
    thing.where.extend([d])
    same(stored(), ["c", "b", "d"])
    same(thing.where.pop().street, "d")
    same(stored(), ["c", "b"])
    thing.where[0] = a
    del thing.where[1]
    same(stored(), ["a"])
    with thing.where.disable_tracking():
        thing.where.append(b)
    same(stored(), ["a"])
    thing.where.clear()
    same(stored(), [])
    thing.files.append({"url": "https://example.com/logo.png", "filename": "logo.png"})
    thing.save()
    same([one["filename"] for one in Thing.from_id(thing.id).files], ["logo.png"])
