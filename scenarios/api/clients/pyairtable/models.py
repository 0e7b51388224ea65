"""The ORM: every kind of field, links, and saving of changes only."""

from pyairtable.orm import fields as f


def meta(name):
    return type("Meta", (), {"api_key": given["key"], "base_id": base.id, "table_name": name})


class Place(Model):
    Meta = meta("Places")

    street = f.TextField("Street")
    number = f.IntegerField("Number")


class Thing(Model):
    Meta = meta("Things")

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
    itself = f.SingleLinkField["Thing"]("Itself", model="Thing", lazy=False)
    links = f.CountField("Links")
    total = f.FloatField("Sum", readonly=True)
    looked_up = f.LookupField("Looked up", readonly=True)
    looked_up_error = f.LookupField("Looked up error", readonly=True)


# The ORM has no setting for the endpoint of its models.
type(Thing.meta).api = property(lambda meta: api)
# The client finds a model that a link names by its class, or by the module that it is in.
Thing.itself._model = Thing


@case
def saves_and_fetches_every_kind_of_field():
    at = datetime.datetime(2024, 2, 29, 10, 20, 30, tzinfo=datetime.timezone.utc)
    given_values = {
        "name": "Ada", "notes": "a\nb", "rich": "**bold**", "number": 1.5, "count": 3, "done": True,
        "status": "Todo", "tags": ["Todo", "Done"], "day": datetime.date(2024, 2, 29), "at": at,
        "took": datetime.timedelta(hours=1, seconds=5), "phone": "+49 30 1", "email": "a@example.com",
        "url": "https://example.com", "price": 3.5, "share": 0.125, "stars": 4, "code": {"text": "4006381333931"},
    }  # fmt: skip
    place = Place(street="Han", number=123)
    same(place.save().created, True)
    thing = Thing(where=[place], **given_values)
    same((thing.exists(), thing.save().created, thing.exists()), (False, True, True))
    thing.itself = thing
    same(thing.save().updated, True)
    again = Thing.from_id(thing.id)
    same({name: getattr(again, name) for name in given_values}, given_values)
    same([one.street for one in again.where], ["Han"])
    same((again.twice, again.upper, again.nan), (3, "ADA", {"specialValue": "NaN"}))
    same((again.links, again.total, again.looked_up), (1, 3, [3]))
    same(again.looked_up_error, [{"error": "#ERROR!"}])
    same((type(again.serial), type(again.created), type(again.changed)), (int, datetime.datetime, datetime.datetime))
    same(again.to_record()["fields"]["Name"], "Ada")
    same((thing.delete(), place.delete()), (True, True))


@case
def leaves_fields_that_are_empty_at_their_defaults():
    thing = Thing()
    thing.save()
    thing.fetch()
    same((thing.name, thing.done, thing.tags, thing.files, thing.where), ("", False, [], [], []))
    same((thing.number, thing.day, thing.itself, thing.looked_up), (None, None, None, []))
    for name in ("notes", "rich", "count", "status", "at", "took", "phone", "email", "url", "price", "share", "stars"):
        setattr(thing, name, None)
    same(thing.save().updated, True)
    thing.delete()


@case
def saves_changes_only():
    class Street(Model):
        Meta = meta("Places")
        street = f.TextField("Street")

    record = places.create({"Street": "Han", "Number": 1})
    street = Street.from_id(record["id"])
    places.update(record["id"], {"Number": 2})
    street.street = "Hun"
    same(sorted(street.save().field_names), ["Street"])
    same(places.get(record["id"])["fields"], {"Street": "Hun", "Number": 2})
    same(street.save().updated, False)
    unfetched = Street.from_id(record["id"], fetch=False)
    same(unfetched.street, "")
    unfetched.fetch()
    same(unfetched.street, "Hun")
    same(Street.from_record(places.get(record["id"])).street, "Hun")
    street.delete()


@case
def lists_and_writes_models_in_batches():
    rows = [Place(street=f"Street {n}", number=n) for n in range(15)]
    Place.batch_save(rows)
    rows[0].street = "Changed"
    Place.batch_save(rows)
    same(Place.first(formula=Place.number.eq(0)).street, "Changed")
    same([one.number for one in Place.all(sort=["-Number"], max_records=3)], [14, 13, 12])
    same([one.id for one in Place.from_ids([row.id for row in rows])], [row.id for row in rows])
    same(len(Place.all(formula=Place.number.gt(3) & Place.street.ne("Street 7"))), 10)
    Place.batch_delete(rows)
    same(Place.all(), [])
