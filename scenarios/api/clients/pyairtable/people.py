"""Users in cells, comments and bases, and uploads of files, which the platform rejects."""

from models import connect, meta_of, place_model, thing_model
from pyairtable.models.schema import Bases
from pyairtable.orm import Model
from pyairtable.orm import fields as f
from requests.adapters import HTTPAdapter
from suite import case, rejected, same
from tables import PLACES, TASKS, THINGS, link


class SentTo(HTTPAdapter):
    """Sends requests for another host to the endpoint, as a name server of one's own does."""

    def __init__(self, endpoint):
        self.origin = endpoint.split("/api/")[0]
        super().__init__()

    def send(self, request, **options):
        host = request.url.split("/")[2]
        request.url = request.url.replace(f"http://{host}", self.origin, 1)
        return super().send(request, **options)


def redirect_uploads(client, api):
    """The client sends every upload to this host, whatever its endpoint is."""
    api.session.mount("http://content.airtable.com", SentTo(client.endpoint))


@case
def shows_the_collaborators_of_a_base(client):
    base = client.base(PLACES)
    info = base.collaborators()
    listed = Bases.from_api(client.api.get(client.api.urls.bases), client.api).base(base.id)
    same((info.id, info.name, info.permission_level), (base.id, "pyairtable", listed.permission_level))
    people = info.individual_collaborators
    me = client.api.whoami()
    seen = [(one.user_id, one.email, one.permission_level) for one in people.via_workspace]
    same((me["id"], me["email"], info.permission_level) in seen, True)
    groups, links = info.group_collaborators, info.invite_links
    same([people.via_base, groups.via_base, groups.via_workspace, links.via_base, links.via_workspace], [[]] * 5)
    same((info.interfaces, info.workspace_id[:3], len(info.workspace_id)), ({}, "wsp", 17))


@case
def mentions_users_in_comments(client):
    places = client.base(PLACES).table("Places")
    record = places.create({"Street": "Han"})
    me = client.api.whoami()["id"]
    places.add_comment(record["id"], f"For @[{me}]")
    [seen] = places.comments(record["id"])
    same((seen.text, seen.mentioned[me].id, seen.mentioned[me].type), (f"For @[{me}]", me, "user"))
    seen.text = "Never mind"
    seen.save()
    same(bool(seen.mentioned), False)


@case
def writes_users_into_cells(client):
    base = client.base(TASKS)

    class Task(Model):
        Meta = meta_of(client, base, "Tasks")

        name = f.SingleLineTextField("Name")
        assignee = f.CollaboratorField("Assignee")
        watchers = f.MultipleCollaboratorsField("Watchers")
        created_by = f.CreatedByField("Created by")
        changed_by = f.LastModifiedByField("Changed by")

    connect(client, Task)
    me = client.api.whoami()
    task = Task(name="One", assignee={"id": me["id"]}, watchers=[{"email": me["email"]}])
    same(task.save().created, True)
    task.fetch()
    people = [task.assignee, *task.watchers, task.created_by, task.changed_by]
    same([(one["id"], one["email"]) for one in people], [(me["id"], me["email"])] * 4)
    kinds = [Task.assignee.field_schema(), Task.watchers.field_schema(), Task.created_by.field_schema()]
    same([one.type for one in kinds], ["singleCollaborator", "multipleCollaborators", "createdBy"])
    task.assignee = None
    task.save()
    same(Task.from_id(task.id).assignee, None)


@case
def rejects_uploads_of_attachments(client):
    things = client.base(THINGS).table("Things")
    redirect_uploads(client, client.api)
    record = things.create({"Name": "A"})
    rejected(lambda: things.upload_attachment(record["id"], "Files", "b.txt", b"Hello", "text/plain"), 404, "NOT_FOUND")
    same(things.get(record["id"])["fields"].get("Files"), None)


@case
def rejects_uploads_of_attachments_of_models(client):
    base = client.base(THINGS, PLACES)
    link(base)
    Thing = thing_model(client, base, place_model(client, base))
    redirect_uploads(client, Thing.meta.api)
    thing = Thing(name="A", files=[{"url": "https://example.com/logo.png", "filename": "logo.png"}])
    thing.save()
    rejected(lambda: thing.files.upload("sample.txt", "Hello, World!"), 404, "NOT_FOUND")
    same([one["filename"] for one in thing.files], ["logo.png"])
    thing.fetch()
    same([one["filename"] for one in thing.files], ["logo.png"])
