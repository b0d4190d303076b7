"""What the requests need to know of the platform: there are payments in every state, payers, and other keys.

Without this almost every request would name a payment that is not there, or ask for what a rule between two fields
forbids. Whatever is put in place of something generated follows from the request, so that a run can be repeated, and
some requests are always left as they were generated.
"""

import base64
import json
import os
import uuid
import zlib

import requests
import schemathesis

BASE_URL = os.environ["BASE_URL"]
PAYER = os.environ["TEST_PHONE"]

# The demo data's other payers: one without money, one too young, one without cards.
PAYERS = [PAYER, PAYER, PAYER, "4799900002", "4799900003", "4799900004"]

# How the shop is reached through eCom.
MERCHANT = {"callbackPrefix": "https://shop.example/callbacks", "fallBack": "https://shop.example/return"}

# A card of the demo data, as somebody types it in.
CARD = {"cardNumber": "4925560000000007", "expiresMonth": "2049-12", "securityCode": "123"}

# Where nobody listens, on this machine: no server of somebody's is told of anything.
NOBODY = "http://127.0.0.1:1/hook"

# Nobody pays with this one, so that it may be blocked and deleted.
VICTIM = "4520990001"

with open(os.path.join(os.environ["KVITT_DATA"], "secrets.json"), encoding="utf-8") as file:
    KEYS = json.load(file)["keys"]


# Of the shop of the env file: those that are asked for with a token, and those that are asked for without one.
CREDENTIALS = {
    "Authorization": f"Bearer {os.environ['TOKEN']}",
    "Ocp-Apim-Subscription-Key": os.environ["SUBSCRIPTION_KEY"],
    "Merchant-Serial-Number": os.environ["MSN"],
    "client_id": os.environ["CLIENT_ID"],
    "client_secret": os.environ["CLIENT_SECRET"],
}


def send(method, path, body=None):
    """Calls the platform as the shop; anything but success ends the run."""
    headers = {**CREDENTIALS, "Idempotency-Key": str(uuid.uuid4()), "Accept": "image/png, application/json"}
    answer = requests.request(method, BASE_URL + path, json=body, headers=headers, timeout=30)
    if not answer.ok:
        raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
    return answer


def post(path, body=None):
    return send("POST", path, body).json()


def token_of(name):
    """An access token of other keys of the demo data."""
    keys = KEYS[name]
    headers = {
        "client_id": keys["client_id"],
        "client_secret": keys["client_secret"],
        "Ocp-Apim-Subscription-Key": keys["primary"],
    }
    answer = requests.post(f"{BASE_URL}/accesstoken/get", headers=headers, timeout=30)
    answer.raise_for_status()
    return answer.json()["access_token"]


def create(reference, **more):
    """A payment that waits for the payer. Neither amounts that trigger something nor those that run out."""
    body = {
        "amount": {"currency": "NOK", "value": 100_00},
        "paymentMethod": {"type": "WALLET"},
        "reference": reference,
        "returnUrl": "https://shop.example/return",
        "userFlow": "WEB_REDIRECT",
        "paymentDescription": "One pair of socks",
        **more,
    }
    return post("/epayment/v1/payments", body)


def approve(reference):
    customer = {"customer": {"phoneNumber": PAYER}}
    post(f"/epayment/v1/test/payments/{reference}/approve", customer)


def change(reference, verb, minor):
    post(f"/epayment/v1/payments/{reference}/{verb}", {"modificationAmount": {"currency": "NOK", "value": minor}})


def session(reference):
    """A Checkout session that waits for the payer."""
    merchant = {
        "callbackUrl": "https://shop.example/callback",
        "returnUrl": "https://shop.example/return",
        "callbackAuthorizationToken": "a-token-of-the-shop",
    }
    amount = {"currency": "NOK", "value": 100_00}
    transaction = {"amount": amount, "reference": reference, "paymentDescription": "One pair of socks"}
    post("/checkout/v3/session", {"merchantInfo": merchant, "transaction": transaction})


def payments():
    """References of payments by how far they have come; among those that wait are some by card and some of Express."""
    run = uuid.uuid4().hex[:8]
    waiting = [f"fuzz-{run}-waiting-{number}" for number in range(60)]
    price = {"currency": "NOK", "value": 3900}
    options = [{"id": "home", "name": "Home", "amount": price, "isDefault": True}]
    groups = [{"type": "HOME_DELIVERY", "brand": "POSTEN", "options": options, "isDefault": True}]
    express = {"profile": {"scope": "name address email phoneNumber"}, "shipping": {"fixedOptions": groups}}
    kinds = [{}, {}, {}, {"paymentMethod": {"type": "CARD"}}, express]
    for number, reference in enumerate(waiting):
        create(reference, **kinds[number % len(kinds)])
    reserved = [f"fuzz-{run}-reserved-{number}" for number in range(30)]
    taken = [f"fuzz-{run}-taken-{number}" for number in range(20)]
    for reference in reserved + taken:
        create(reference)
        approve(reference)
    for reference in taken:
        change(reference, "capture", 50_00)
    over = [f"fuzz-{run}-refunded", f"fuzz-{run}-cancelled", f"fuzz-{run}-terminated"]
    for reference in over:
        create(reference)
    for reference in over[:2]:
        approve(reference)
    change(over[0], "capture", 100_00)
    change(over[0], "refund", 100_00)
    for reference in over[1:]:
        post(f"/epayment/v1/payments/{reference}/cancel")
    return waiting, reserved, taken, over


def orders():
    """The same through eCom."""
    run = uuid.uuid4().hex[:8]
    waiting, reserved, taken = ([f"fuzz-{run}-{kind}-{number}" for number in range(15)] for kind in "wrt")
    said = "One pair of socks"
    for order in waiting + reserved + taken:
        transaction = {"amount": 100_00, "orderId": order, "transactionText": said}
        post("/ecomm/v2/payments", {"merchantInfo": MERCHANT, "transaction": transaction})
    for order in reserved + taken:
        post(f"/ecomm/v2/integration-test/payments/{order}/approve", {"customerPhoneNumber": PAYER})
    for order in taken:
        transaction = {"amount": 50_00, "transactionText": said}
        post(f"/ecomm/v2/payments/{order}/capture", {"merchantInfo": {}, "transaction": transaction})
    return waiting, reserved, taken


def sub():
    """Whom the sales unit may ask about: a payer who has shared something."""
    reference = f"fuzz-{uuid.uuid4()}"
    create(reference, profile={"scope": "name email"})
    post(f"/kvitt/v1/payments/{reference}/payer/approve", {"phoneNumber": PAYER, "consent": True})
    answer = requests.get(f"{BASE_URL}/epayment/v1/payments/{reference}", headers=CREDENTIALS, timeout=30)
    return answer.json()["profile"]["sub"]


def image():
    """The file of a code that can be scanned."""
    asked = {"userFlow": "QR", "customerInteraction": "CUSTOMER_PRESENT", "qrFormat": {"format": "IMAGE/PNG"}}
    address = create(f"fuzz-{uuid.uuid4()}", **asked)["redirectUrl"]
    return address.rsplit("/", 1)[1].split("?", 1)[0]


def webhook(event):
    """The id of a registration for events of this type."""
    return post("/webhooks/v1/webhooks", {"url": NOBODY, "events": [event]})["id"]


def redirects():
    """Ids of codes that lead to a page."""
    ids = [f"fuzz-{uuid.uuid4().hex[:16]}" for _ in range(40)]
    for name in ids:
        post("/qr/v1/merchant-redirect", {"id": name, "redirectUrl": "https://shop.example/menu"})
    return ids


def callbacks():
    """Ids of codes that tell the merchant, and what one of them holds."""
    ids = [f"fuzz-{uuid.uuid4().hex[:16]}" for _ in range(40)]
    for name in ids:
        send("PUT", f"/qr/v1/merchant-callback/{name}", {"locationDescription": "Kasse 1"})
    kept = f"fuzz-{uuid.uuid4().hex[:16]}"
    send("PUT", f"/qr/v1/merchant-callback/{kept}", {"locationDescription": "Kasse 2"})
    return ids, send("GET", f"/qr/v1/merchant-callback/{kept}").json()["qrContent"]


def links():
    """Payment links."""
    asked = {"title": "Socks", "amount": {"currency": "NOK", "value": 100_00}}
    return [post("/kvitt/v1/payment-links", asked) for _ in range(20)]


# First, as long as the payer has spent so little that their bank asks nothing.
SUB = sub()
WAITING, RESERVED, TAKEN, OVER = payments()
ORDERS_WAITING, ORDERS_RESERVED, ORDERS_TAKEN = orders()
SESSIONS = [f"fuzz-{uuid.uuid4().hex[:16]}-{number}" for number in range(80)]
for name in SESSIONS:
    session(name)
VALUES = {
    "msn": [os.environ["MSN"]],
    "scheme": ["business:NO:ORG"],
    "id": ["987654325"],
    "sub": [SUB],
    "file": [image()],
    "paymentType": ["ecom", "RECURRING"],
    "webhookId": [webhook("recurring.agreement-expired.v1") for _ in range(20)],
}
REDIRECTS = redirects()
CALLBACKS, CALLBACK_CONTENT = callbacks()
LINKS = links()
VALUES["merchantQrId"] = CALLBACKS
VALUES["paymentLinkId"] = [link["paymentLinkId"] for link in LINKS]
VALUES["token"] = [link["url"].rsplit("/", 1)[1] for link in LINKS]
VALUES["ledgerId"] = [ledger["ledgerId"] for ledger in send("GET", "/settlement/v1/ledgers").json()["items"]]
VALUES["topic"] = ["funds", "fees"]
LANDING = create(f"fuzz-{uuid.uuid4()}")["redirectUrl"]
PERSONAL = post(f"/kvitt/v1/payers/{PAYER}/personal-qr", {})["personalQr"]
CHECKED_IN = post(f"/kvitt/v1/payers/{PAYER}/customer-token", {})["customerToken"]
PARTNER_TOKEN = token_of("partner")
ACCOUNTING = KEYS["accounting"]["client_id"] + ":" + KEYS["accounting"]["client_secret"]


def number_of(case):
    """A number that follows from the request."""
    parts = (case.operation.label, case.path_parameters, case.query, case.headers, case.body)
    return zlib.crc32(repr(parts).encode("utf-8", "surrogatepass"))


def candidates(path, name):
    """What may stand in a path: mostly something that the operation can do something with."""
    last = path.rsplit("/", 1)[1]
    if name == "phoneNumber":
        return [VICTIM] if last == "status" else PAYERS
    if name == "reference" and "/checkout/" in path:
        return SESSIONS
    if name == "reference":
        wanted = {"capture": RESERVED, "refund": TAKEN, "cancel": WAITING + RESERVED}
        return wanted.get(last, WAITING if "payer" in path or last == "approve" else TAKEN) * 3 + OVER
    if name == "id" and path.startswith("/qr/"):
        return REDIRECTS
    if name == "orderId":
        wanted = {"capture": ORDERS_RESERVED, "refund": ORDERS_TAKEN, "approve": ORDERS_WAITING}
        return wanted.get(last, ORDERS_WAITING + ORDERS_RESERVED + ORDERS_TAKEN)
    return VALUES.get(name, [])


def mend_create(body, number):
    """A payment, all of whose fields may stand together."""
    body["amount"] = {"currency": "NOK", "value": 100 + number % 100_000}
    body["paymentMethod"] = {"type": "WALLET"}
    body["reference"] = f"fuzz-{number}"
    body["returnUrl"] = "https://shop.example/return"
    body["customer"] = {"phoneNumber": PAYERS[number % len(PAYERS)]}
    for name in ("expiresAt", "cardPassthrough", "minimumUserAge", "shipping", "profile"):
        body.pop(name, None)


def mend(case, number):
    """Puts people and amounts that are there in place of made-up ones, and names that were not used before."""
    body = dict(case.body)
    if case.operation.label == "POST /epayment/v1/payments":
        mend_create(body, number)
    for name in ("phoneNumber", "customerPhoneNumber"):
        if isinstance(body.get(name), str):
            body[name] = PAYERS[number % len(PAYERS)]
    if isinstance(body.get("cardNumber"), str):
        body.update(CARD)
    if case.operation.path.startswith("/qr/v1/exchange"):
        body["customer"] = {"customerToken": CHECKED_IN}
    elif isinstance(body.get("customer"), dict):
        body["customer"] = {"phoneNumber": PAYERS[number % len(PAYERS)]}
    if isinstance(body.get("modificationAmount"), dict):
        body["modificationAmount"] = {"currency": "NOK", "value": number % 20 + 1}
    if isinstance(body.get("qrCode"), str):
        scanned = [PERSONAL, LANDING, CALLBACK_CONTENT, LINKS[0]["url"]]
        body["qrCode"] = PERSONAL if "exchange" in case.operation.path else scanned[number % len(scanned)]
    if case.operation.path == "/qr/v1":
        body["url"] = LANDING
    if case.operation.path.endswith("/ledger-entries"):
        body["amount"] = {"currency": "NOK", "value": number % 20 + 1}
    if case.operation.path.endswith("/vm-number-payments"):
        body["merchantSerialNumber"] = os.environ["VM_NUMBER"]
        body["amount"] = {"currency": "NOK", "value": number % 20 + 101}
    transaction = body.get("transaction")
    if isinstance(transaction, dict) and "/payments/" in case.operation.path:
        body["transaction"] = {**transaction, "amount": number % 20 + 1}
    elif isinstance(transaction, dict) and case.operation.path == "/ecomm/v2/payments":
        body["transaction"] = {**transaction, "orderId": f"fuzz-{number}"}
        body["merchantInfo"] = {"isApp": number % 2 == 0, **MERCHANT}
    elif isinstance(transaction, dict) and case.operation.method == "post":
        body["transaction"] = {**transaction, "reference": f"fuzz-{number}"}
    case.body = body


@schemathesis.hook
def before_call(context, case, kwargs):
    number = number_of(case)
    path = case.operation.path
    for name, generated in (case.path_parameters or {}).items():
        there = candidates(path, name)
        if there and number % 5:
            case.path_parameters[name] = there[number // 5 % len(there)]
    if path == "/webhooks/v1/webhooks" and isinstance(case.body, dict) and isinstance(case.body.get("url"), str):
        case.body = {**case.body, "url": NOBODY}
    if isinstance(case.body, dict) and number % 3:
        mend(case, number)
    if case.headers is None:
        case.headers = {}
    if "Idempotency-Key" in case.headers and number % 3:
        case.headers["Idempotency-Key"] = f"fuzz-{number}"
    # Refusals of a caller are documented too.
    if number % 40:
        show(case, path)


def show(case, path):
    """The credentials that the operation wants."""
    case.headers.update(CREDENTIALS)
    if path == "/miami/v1/token":
        case.headers["Authorization"] = "Basic " + base64.b64encode(ACCOUNTING.encode()).decode()
        case.headers.pop("Ocp-Apim-Subscription-Key")
    elif "/product-orders" in path or path.endswith("/price-packages"):
        case.headers["Authorization"] = f"Bearer {PARTNER_TOKEN}"
        case.headers["Ocp-Apim-Subscription-Key"] = KEYS["partner"]["primary"]
