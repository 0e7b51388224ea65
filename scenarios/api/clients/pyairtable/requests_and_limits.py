"""The client's own requests, Airtable's errors, and the limit of requests per base."""

import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timezone

from pyairtable import Api, retry_strategy, utils
from pyairtable.api.types import is_airtable_error
from pyairtable.models.schema import Bases
from requests.exceptions import HTTPError
from suite import case, rejected, same
from tables import PLACES, THINGS


@case
def sends_requests_of_its_own(client):
    api, places = client.api, client.base(PLACES).table("Places")
    same(api.api_key, client.key)
    url = api.build_url("meta/whoami")
    same(api.get(url)["id"], api.whoami()["id"])
    same(api.request("GET", url)["id"], api.whoami()["id"])
    same([len(list(part)) for part in api.chunked(range(25))], [10, 10, 5])
    made = api.post(places.urls.records, json={"fields": {"Street": "raw"}})
    changed = api.patch(places.urls.record(made["id"]), json={"fields": {"Street": "changed"}})
    same(changed["fields"], {"Street": "changed"})
    same([len(page["records"]) for page in api.iterate_requests("GET", places.urls.records)], [1])
    same(api.get(places.urls.records.add_qs(maxRecords=1))["records"][0]["fields"], {"Street": "changed"})
    same(api.delete(places.urls.record(made["id"]))["deleted"], True)


@case
def receives_airtables_errors(client):
    base = client.base(THINGS)
    things = base.table("Things")
    rejected(lambda: things.create({"Nobody": 1}), 422, "UNKNOWN_FIELD_NAME")
    rejected(lambda: things.create({"Number": "many"}), 422, "INVALID_VALUE_FOR_COLUMN")
    rejected(lambda: things.create({"Twice": 2}), 422, "INVALID_VALUE_FOR_COLUMN")
    rejected(lambda: things.all(formula="{Nobody} = 1"), 422, "INVALID_FILTER_BY_FORMULA")
    rejected(lambda: things.get("rec00000000000000"), 404, "NOT_FOUND", "MODEL_ID_NOT_FOUND")
    rejected(lambda: base.table("Nothing").all(), 404, "TABLE_NOT_FOUND", "NOT_FOUND")
    rejected(lambda: client.api.table("app00000000000000", "People").all(), 404, "NOT_FOUND")
    stranger = Api("invalid", endpoint_url=client.endpoint, retry_strategy=None)
    rejected(lambda: stranger.bases(), 401, "AUTHENTICATION_REQUIRED")
    cell = things.create({"Name": "A"})["fields"]["Broken"]
    same(is_airtable_error(cell), True)


@case
def serves_parallel_requests_within_the_limit(client):
    places = client.base(PLACES).table("Places")

    def loop(thread):
        rows = places.batch_create([{"Street": f"{thread} {n}"} for n in range(20)])
        return len(places.batch_delete([row["id"] for row in rows]))

    # Five requests a second: a request behind four others waits for less than a second, so none is rejected.
    with ThreadPoolExecutor(5) as pool:
        same(list(pool.map(loop, range(5))), [20] * 5)
    same(places.all(), [])


@case
def rejects_a_burst_with_a_time_to_wait(client):
    base = client.base(PLACES)
    places = base.table("Places")

    late = threading.Event()

    def read(_):
        for _ in range(20):
            if late.is_set():
                break
            try:
                places.all()
            except HTTPError as failure:
                late.set()
                return failure.response
        return None

    # More requests at once than wait for a turn. The first one too many starts the penalty.
    with ThreadPoolExecutor(25) as pool:
        responses = [one for one in pool.map(read, range(25)) if one is not None]
    same({one.status_code for one in responses}, {429})
    same(max(int(one.headers["Retry-After"]) for one in responses), 30)
    response = rejected(lambda: places.all(), 429, "RATE_LIMIT_REACHED")
    same(0 < int(response.headers["Retry-After"]) <= 30, True)
    # The client's own strategy waits for that time and repeats the request.
    strategy = retry_strategy(total=1)
    same((429 in strategy.status_forcelist, strategy.respect_retry_after_header), (True, True))
    # Other bases are not affected.
    repeating = Api(client.key, endpoint_url=client.endpoint, retry_strategy=strategy)
    same(repeating.table(client.base(PLACES).id, "Places").all(), [])


@case
def reads_values_of_the_platform_with_its_helpers(client):
    things = client.base(THINGS).table("Things")
    at, day = datetime(2024, 2, 29, 10, 20, 30, tzinfo=timezone.utc), date(2024, 2, 29)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        file = utils.attachment("https://example.com/a.png", "a.png")
    row = {"Name": "A", "At": utils.datetime_to_iso_str(at), "Day": utils.date_to_iso_str(day), "Files": [file]}
    seen = things.create(row)
    same(utils.fieldgetter("Name", "id", required=True)(seen), ("A", seen["id"]))
    same((utils.is_record_id(seen["id"]), utils.is_airtable_id(seen["id"], "tbl")), (True, False))
    same(utils.datetime_from_iso_str(seen["fields"]["At"]), at)
    same(utils.date_from_iso_str(seen["fields"]["Day"]), day)
    same(seen["fields"]["Files"][0]["filename"], "a.png")
    listed = Bases.from_api(client.api.get(client.api.urls.bases), client.api)
    same(listed.base(things.base.id).permission_level, "create")
