"""Deliveries verified by the public library of Standard Webhooks."""

import http.server
import json
import os
import threading
import time
import unittest
import uuid

import requests
from standardwebhooks import Webhook, WebhookVerificationError

BASE_URL = os.environ["BASE_URL"]


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what it is told."""

    told = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Receiver.told.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def token():
    headers = {
        "client_id": os.environ["CLIENT_ID"],
        "client_secret": os.environ["CLIENT_SECRET"],
        "Ocp-Apim-Subscription-Key": os.environ["SUBSCRIPTION_KEY"],
    }
    return requests.post(f"{BASE_URL}/accesstoken/get", headers=headers, timeout=10).json()["access_token"]


class StandardWebhooks(unittest.TestCase):
    """A registration that asked for the second set of headers."""

    def setUp(self):
        self.headers = {
            "Authorization": f"Bearer {token()}",
            "Ocp-Apim-Subscription-Key": os.environ["SUBSCRIPTION_KEY"],
            "Merchant-Serial-Number": os.environ["MSN"],
        }
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def tearDown(self):
        self.server.shutdown()

    def call(self, method, path, body=None, **headers):
        answer = requests.request(
            method, f"{BASE_URL}{path}", json=body, headers=self.headers | headers, timeout=10
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def told(self, reference):
        for _ in range(200):
            for headers, body in Receiver.told:
                if json.loads(body)["reference"] == reference:
                    return headers, body
            time.sleep(0.05)
        self.fail("nothing was delivered")

    def test_a_delivery_is_verified_and_a_changed_one_is_not(self):
        port = self.server.server_address[1]
        registered = self.call(
            "POST",
            "/webhooks/v1/webhooks",
            {
                "url": f"http://127.0.0.1:{port}/hooks",
                "events": ["epayments.payment.created.v1"],
                "standardWebhooks": True,
            },
        )
        reference = f"order-{uuid.uuid4()}"
        payment = {
            "amount": {"currency": "NOK", "value": 49900},
            "paymentMethod": {"type": "WALLET"},
            "reference": reference,
            "userFlow": "WEB_REDIRECT",
            "returnUrl": "https://example.com/thanks",
        }
        self.call("POST", "/epayment/v1/payments", payment, **{"Idempotency-Key": reference})
        headers, body = self.told(reference)
        library = Webhook(registered["secret"])
        event = library.verify(body.decode(), headers)
        self.assertEqual((event["reference"], event["name"]), (reference, "CREATED"))
        self.assertEqual(headers["webhook-id"], event["pspReference"])
        with self.assertRaises(WebhookVerificationError):
            library.verify(body.decode().replace("49900", "49901"), headers)
        self.call("DELETE", f"/webhooks/v1/webhooks/{registered['id']}")
