"""Every function of the formula language that pyairtable offers, with its value."""

import datetime

from pyairtable import formulas as F
from requests.exceptions import HTTPError
from suite import case, same
from tables import THINGS

NAME, NUMBER, AT, DONE = F.Field("Name"), F.Field("Number"), F.Field("At"), F.Field("Done")


def leap():
    return F.DATETIME_PARSE("2024-02-29 10:20:30", "YYYY-MM-DD HH:mm:ss")


def values():
    """Formulas and their values by name. Built while the cases run, so that the calls are noted."""
    return {
        "ABS": (F.ABS(-2), 2),
        "AVERAGE": (F.AVERAGE(1, 2, 6), 3),
        "CEILING": (F.CEILING(4.2), 5),
        "CEILING to a step": (F.CEILING(4.2, 4), 8),
        "CONCATENATE": (F.CONCATENATE(NAME, "-", 1), "Ada-1"),
        "COUNT": (F.COUNT(1, "x", 2), 2),
        "COUNTA": (F.COUNTA(1, "x", ""), 2),
        "COUNTALL": (F.COUNTALL(1, "x", ""), 3),
        "DATEADD": (F.DATESTR(F.DATEADD(leap(), 1, "days")), "2024-03-01"),
        "DATESTR": (F.DATESTR(leap()), "2024-02-29"),
        "DATETIME_DIFF": (F.DATETIME_DIFF(F.DATEADD(leap(), 3, "hours"), leap(), "hours"), 3),
        "DATETIME_FORMAT": (F.DATETIME_FORMAT(leap(), "DD/MM/YYYY"), "29/02/2024"),
        "DAY": (F.DAY(leap()), 29),
        "ENCODE_URL_COMPONENT": (F.ENCODE_URL_COMPONENT("a b&c"), "a%20b%26c"),
        "EVEN": (F.EVEN(3), 4),
        "EXP": (F.EXP(0), 1),
        "FIND": (F.FIND("d", NAME), 2),
        "FIND from a position": (F.FIND("a", "banana", 3), 4),
        "FLOOR": (F.FLOOR(4.8), 4),
        "FLOOR to a step": (F.FLOOR(7, 4), 4),
        "HOUR": (F.HOUR(leap()), 10),
        "IF": (F.IF(DONE, "yes", "no"), "yes"),
        "INT": (F.INT(-1.5), -2),
        "LEFT": (F.LEFT(NAME, 2), "Ad"),
        "LEN": (F.LEN(NAME), 3),
        "LOG": (F.LOG(1000), 3),
        "LOG to a base": (F.LOG(8, 2), 3),
        "LOWER": (F.LOWER(NAME), "ada"),
        "MAX": (F.MAX(1, 5, 3), 5),
        "MID": (F.MID("banana", 2, 3), "ana"),
        "MIN": (F.MIN(4, 2, 3), 2),
        "MINUTE": (F.MINUTE(leap()), 20),
        "MOD": (F.MOD(7, 4), 3),
        "MONTH": (F.MONTH(leap()), 2),
        "ODD": (F.ODD(2), 3),
        "POWER": (F.POWER(2, 10), 1024),
        "REGEX_EXTRACT": (F.REGEX_EXTRACT("a12b", "[0-9]+"), "12"),
        "REGEX_REPLACE": (F.REGEX_REPLACE("a12b", "[0-9]", "."), "a..b"),
        "REPLACE": (F.REPLACE("banana", 1, 2, "X"), "Xnana"),
        "REPT": (F.REPT("ab", 2), "abab"),
        "RIGHT": (F.RIGHT("banana", 2), "na"),
        "ROUND": (F.ROUND(2.345, 1), 2.3),
        "ROUNDDOWN": (F.ROUNDDOWN(2.38, 1), 2.3),
        "ROUNDUP": (F.ROUNDUP(2.31, 1), 2.4),
        "SEARCH": (F.SEARCH("n", "banana"), 3),
        "SECOND": (F.SECOND(leap()), 30),
        "SET_LOCALE": (F.DATETIME_FORMAT(F.SET_LOCALE(leap(), "fr"), "MMMM"), "février"),
        "SET_TIMEZONE": (F.DATETIME_FORMAT(F.SET_TIMEZONE(leap(), "Asia/Tokyo"), "HH:mm"), "19:20"),
        "SQRT": (F.SQRT(81), 9),
        "SUBSTITUTE": (F.SUBSTITUTE("banana", "a", "o"), "bonono"),
        "SUBSTITUTE once": (F.SUBSTITUTE("banana", "a", "o", 2), "banona"),
        "SUM": (F.SUM(1, 2, NUMBER), 39),
        "SWITCH": (F.SWITCH(NUMBER, 1, "one", 36, "many", "none"), "many"),
        "T": (F.T(NAME), "Ada"),
        "TIMESTR": (F.TIMESTR(leap()), "10:20:30"),
        "TRIM": (F.TRIM("  a  "), "a"),
        "UPPER": (F.UPPER(NAME), "ADA"),
        "VALUE": (F.VALUE("$1,200.50"), 1200.5),
        "WEEKDAY": (F.WEEKDAY(leap()), 4),
        "WEEKDAY from Monday": (F.WEEKDAY(leap(), "Monday"), 3),
        "WEEKNUM": (F.WEEKNUM(leap()), 9),
        "WORKDAY": (F.DATESTR(F.WORKDAY(leap(), 1)), "2024-03-01"),
        "WORKDAY with holidays": (F.DATESTR(F.WORKDAY(leap(), 1, "2024-03-01")), "2024-03-04"),
        "WORKDAY_DIFF": (F.WORKDAY_DIFF(leap(), F.DATEADD(leap(), 4, "days")), 3),
        "YEAR": (F.YEAR(leap()), 2024),
    }


def truths():
    """Formulas that are true, by name."""
    return {
        "AND": F.AND(F.EQ(NAME, "Ada"), F.GT(NUMBER, 35), F.EQ(DONE, True)),
        "AND of fields": F.AND(Name="Ada", Number=36),
        "OR": F.OR(F.EQ(NAME, "Bob"), F.LTE(NUMBER, 36)),
        "NOT": F.NOT(F.EQ(NAME, "Bob")),
        "XOR": F.XOR(F.EQ(NAME, "Ada"), F.EQ(NAME, "Bob")),
        "TRUE": F.TRUE(),
        "FALSE": F.NOT(F.FALSE()),
        "BLANK": F.EQ(F.Field("Notes"), F.BLANK()),
        "ISERROR": F.ISERROR(F.ERROR()),
        "IS_AFTER": F.IS_AFTER(F.NOW(), leap()),
        "IS_BEFORE": F.IS_BEFORE(leap(), F.TODAY()),
        "IS_SAME": F.IS_SAME(leap(), F.DATETIME_PARSE("2024-02-01"), "month"),
        "CREATED_TIME": F.IS_AFTER(F.CREATED_TIME(), leap()),
        "LAST_MODIFIED_TIME": F.IS_AFTER(F.LAST_MODIFIED_TIME(NAME), leap()),
        "REGEX_MATCH": F.REGEX_MATCH(NAME, "^A"),
        "FROMNOW": F.REGEX_MATCH(F.FROMNOW(F.DATEADD(F.NOW(), -3, "days")), "3 days"),
        "TONOW": F.REGEX_MATCH(F.TONOW(F.DATEADD(F.NOW(), -3, "days")), "3 days"),
        "a chain of comparisons": (NUMBER.gt(35) & NAME.ne("Bob")) | ~DONE.eq(True),
        "a datetime": F.match({"At": datetime.datetime(2024, 2, 29, 10, 20, 30, tzinfo=datetime.timezone.utc)}),
        "a day": F.FIND("2024-02-29", AT),
        "any of many": F.match({"Name": "Ada", "Number": 0}, match_any=True),
        "text with quotes": F.EQ(F.Field("Rich"), 'Ada\'s "own" \\ name'),
    }


ROW = {"Name": "Ada", "Number": 36, "Done": True, "At": "2024-02-29T10:20:30.000Z", "Rich": 'Ada\'s "own" \\ name'}


def evaluates(client, tries):
    """Expects that each formula selects the one record."""
    things = client.base(THINGS).table("Things")
    made = things.create(ROW)
    wrong = []
    for name, formula in tries.items():
        try:
            if [one["id"] for one in things.all(formula=formula, fields=["Name"])] != [made["id"]]:
                wrong.append(name)
        except HTTPError as failure:
            wrong.append(f"{name}: {failure.response.text[:120]}")
    same(wrong, [])
    same([one["id"] for one in things.all(formula=F.RECORD_ID().eq(made["id"]))], [made["id"]])


def comparisons(part, parts=2):
    """One part of the functions, so that no base has to serve all of them."""
    return {name: F.EQ(formula, expected) for name, (formula, expected) in list(values().items())[part::parts]}


@case
def evaluates_the_first_half_of_the_functions(client):
    evaluates(client, comparisons(0))


@case
def evaluates_the_second_half_of_the_functions(client):
    evaluates(client, comparisons(1))


@case
def evaluates_every_function_that_is_true_or_false(client):
    evaluates(client, truths())


@case
def finds_nothing_where_a_condition_is_false(client):
    things = client.base(THINGS).table("Things")
    made = things.create({"Name": "Ada", "Number": 36})
    false = (F.match({"Name": "Ada", "Number": 0}), F.EQ(DONE, True), F.LT(NUMBER, 36), NUMBER.lte(35), "0")
    for formula in false:
        same([one["id"] for one in things.all(formula=formula)], [])
    same([one["id"] for one in things.all(formula="")], [made["id"]])


@case
def builds_formulas_that_the_platform_reads(client):
    things = client.base(THINGS).table("Things")
    made = things.create(ROW)
    text = 'Ada\'s "own" \\ name'
    formulas = (
        f"{F.field_name('Rich')} = {F.quoted(text)}",
        "{Rich} = '" + F.escape_quotes(text).replace("\\ ", "\\\\ ") + "'",
        F.to_formula_str(F.to_formula(True)),
        F.AND(F.AND(NAME.eq("Ada"), NUMBER.gte(36)), NUMBER.lt(37)).flatten(),
        F.Compound.build("OR", NAME.eq("Bob"), NUMBER.eq(36)),
        NUMBER.eq(36).flatten(),
    )
    for formula in formulas:
        same([one["id"] for one in things.all(formula=formula)], [made["id"]])
