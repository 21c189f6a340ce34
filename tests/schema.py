#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds JSON documents against a JSON schema: schema.py SCHEMA FILE...

Knows the part of JSON Schema that our schemas use, and refuses a schema that uses more.
"""
import json
import re
import sys

TYPES = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
    "number": (int, float),
}
COMMENTS = {"$schema", "title", "description"}


def is_type(value, name):
    if isinstance(value, bool) and name != "boolean":
        return False
    return isinstance(value, TYPES[name])


def check_object(value, schema, path):
    for name in schema.get("required", []):
        if name not in value:
            yield f"{path}: \"{name}\" is missing"
    properties = schema.get("properties", {})
    rest = schema.get("additionalProperties", True)
    names = schema.get("propertyNames")
    for name, member in value.items():
        where = f"{path}.{name}"
        if names is not None:
            yield from check(name, names, f"{where} (its name)")
        if name in properties:
            yield from check(member, properties[name], where)
        elif rest is False:
            yield f"{where}: not expected"
        elif rest is not True:
            yield from check(member, rest, where)


def check_array(value, schema, path):
    if len(value) < schema.get("minItems", 0) or len(value) > schema.get("maxItems", len(value)):
        yield f"{path}: {len(value)} items"
    for i, item in enumerate(value):
        yield from check(item, schema.get("items", {}), f"{path}[{i}]")


def check_scalar(value, schema, path):
    if "const" in schema and value != schema["const"]:
        yield f"{path}: {value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
    if isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            yield f"{path}: empty"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{path}: {value!r} does not match {schema['pattern']}"
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if "minimum" in schema and not value >= schema["minimum"]:
            yield f"{path}: {value} is less than {schema['minimum']}"
        if "exclusiveMinimum" in schema and not value > schema["exclusiveMinimum"]:
            yield f"{path}: {value} is not more than {schema['exclusiveMinimum']}"


KNOWN = COMMENTS | {
    "type", "required", "properties", "additionalProperties", "propertyNames", "minItems", "maxItems",
    "items", "const", "enum", "minLength", "pattern", "minimum", "exclusiveMinimum", "oneOf",
}


def check(value, schema, path="$"):
    """What is wrong with value, one line each."""
    unknown = set(schema) - KNOWN
    if unknown:
        raise ValueError(f"schema at {path}: {sorted(unknown)} is not known here")
    if "type" in schema and not is_type(value, schema["type"]):
        yield f"{path}: {type(value).__name__}, expected {schema['type']}"
        return
    if "oneOf" in schema:
        fit = sum(not list(check(value, one, path)) for one in schema["oneOf"])
        if fit != 1:
            yield f"{path}: fits {fit} of the {len(schema['oneOf'])} forms, expected one"
    if isinstance(value, dict):
        yield from check_object(value, schema, path)
    elif isinstance(value, list):
        yield from check_array(value, schema, path)
    else:
        yield from check_scalar(value, schema, path)


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        schema = json.load(f)
    bad = False
    for name in sys.argv[2:]:
        with open(name, encoding="utf-8") as f:
            wrong = list(check(json.load(f), schema))
        for line in wrong:
            print(f"{name}: {line}")
        bad |= bool(wrong)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
