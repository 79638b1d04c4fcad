"""What the fuzzer must not do to itself, and what it can not know from the document."""

import schemathesis

KEY = "idempotency-key"


@schemathesis.hook
def before_load_schema(context, schema):
    # A key belongs to one request, and the fuzzer makes few: with it nearly every request would be refused as a
    # reuse. One place enforces it for all, so it is tried at one operation.
    for path in schema["paths"].values():
        for operation in path.values():
            if operation["operationId"] != "issueLiveTicket" and "parameters" in operation:
                operation["parameters"] = [p for p in operation["parameters"] if p["name"] != KEY]


@schemathesis.hook
def before_call(context, case, kwargs):
    # its own client must live on: without it every other answer is 401
    if case.method.upper() != "GET" and (case.path_parameters or {}).get("client") == "admin":
        case.path_parameters["client"] = "nobody"
