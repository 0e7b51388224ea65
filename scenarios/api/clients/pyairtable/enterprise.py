"""What Airtable offers with an enterprise account only: the platform responds as without one."""

from pyairtable.models.schema import BaseCollaborators, BaseShares, Collaborations, UserInfo
from suite import case, rejected, same
from tables import PLACES

NOW = "2024-02-29T10:20:30.000Z"
USER = "usr00000000000000"
GROUP = "ugp00000000000000"
WORKSPACE = "wsp00000000000000"


def all_rejected(calls):
    for call in calls:
        rejected(call, 404, "NOT_FOUND")


@case
def rejects_requests_for_enterprise_accounts(client):
    account = client.api.enterprise("ent00000000000000")
    user = UserInfo.from_api(
        {
            "id": USER, "name": "Ada", "email": "ada@example.com", "state": "provisioned", "isServiceAccount": False,
            "isSsoRequired": False, "isTwoFactorAuthEnabled": False,
        },
        client.api,
        context=account,
    )  # fmt: skip
    all_rejected(
        [
            lambda: account.info(aggregated=True, descendants=True),
            lambda: account.group(GROUP),
            lambda: account.user(USER),
            lambda: account.users([USER, "ada@example.com"], aggregated=True, descendants=True),
            lambda: list(account.audit_log(page_size=1, page_limit=1, start_time=NOW, user_id=USER)),
            lambda: account.remove_user(USER, replacement=USER, descendants=True),
            lambda: account.claim_users({USER: "managed"}),
            lambda: account.delete_users(["ada@example.com"]),
            lambda: account.grant_admin(USER),
            lambda: account.revoke_admin(user),
            lambda: account.create_descendant("Second"),
            lambda: account.move_groups([GROUP], account.id),
            lambda: account.move_workspaces([WORKSPACE], account.id),
            lambda: account.create_workspace("Second"),
            lambda: account.packages(),
            lambda: account.package("pkg00000000000000"),
            lambda: account.create_base_from_package(WORKSPACE, "Copy", "pkr00000000000000"),
            lambda: account.access_tokens(resources=True),
            lambda: account.revoke_access_tokens("pat00000000000000"),
            lambda: account.allow_ai({WORKSPACE: True}, descendants=True),
            user.logout,
            user.save,
            user.delete,
        ]
    )
    tables = [{"name": "T", "fields": [{"name": "N", "type": "email"}]}]
    same([one.name for one in account.create_base("default", "Copy", tables).tables()], ["T"])


@case
def rejects_changes_of_workspaces_shares_and_collaborators(client):
    base = client.base(PLACES)
    workspace = client.api.workspace(WORKSPACE)
    people = BaseCollaborators.from_api(
        {
            "id": base.id, "name": "pyairtable", "createdTime": NOW, "permissionLevel": "create",
            "workspaceId": WORKSPACE, "interfaces": {},
        },
        client.api,
        context={"base": base},
    )  # fmt: skip
    share = BaseShares.Info.from_api(
        {
            "state": "enabled", "createdByUserId": USER, "createdTime": NOW, "shareId": "shr00000000000000",
            "type": "base", "isPasswordProtected": False, "restrictedToEnterpriseMembers": False,
        },
        client.api,
        context={"base": base},
    )  # fmt: skip
    all_rejected(
        [
            workspace.collaborators,
            workspace.bases,
            lambda: workspace.name,
            workspace.delete,
            lambda: workspace.move_base(base, "wsp00000000000001"),
            base.shares,
            share.enable,
            share.disable,
            share.delete,
            lambda: people.add("user", USER, "edit"),
            lambda: people.add_user(USER, "edit"),
            lambda: people.add_group(GROUP, "edit"),
            lambda: people.add_collaborators([{"user": {"id": USER}, "permissionLevel": "edit"}]),
            lambda: people.update(USER, "read"),
            lambda: people.remove(USER),
            lambda: client.api.get(base.urls.interface("pbd00000000000000")),
        ]
    )
    # Airtable keeps this for enterprise accounts as well; here the role in the workspace decides.
    same([one.name for one in base.tables(force=True)], ["Places"])
    base.delete()
    rejected(lambda: base.tables(force=True), 404, "NOT_FOUND")
    rejected(base.delete, 404, "NOT_FOUND")


@case
def reads_collaborations_of_stored_responses(client):
    granted = {"createdTime": NOW, "grantedByUserId": USER, "permissionLevel": "edit"}
    base, page = {"baseId": "app1", **granted}, {"baseId": "app1", "interfaceId": "pbd1", **granted}
    seen = Collaborations.from_api(
        {
            "baseCollaborations": [base],
            "interfaceCollaborations": [page],
            "workspaceCollaborations": [{"workspaceId": "wsp1", **granted}],
        },
        client.api,
    )
    same((list(seen.bases), list(seen.interfaces), list(seen.workspaces)), (["app1"], ["pbd1"], ["wsp1"]))
