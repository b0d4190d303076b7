"""The public Python client `vipps` (eCom v2), unchanged, from token to refund."""

import os
import unittest
import uuid

import requests
from vipps import VippsEcomApi

PHONE = os.environ["TEST_PHONE"].removeprefix("47")


def client(**other):
    settings = {
        "client_id": os.environ["CLIENT_ID"],
        "client_secret": os.environ["CLIENT_SECRET"],
        "vipps_subscription_key": os.environ["SUBSCRIPTION_KEY"],
        "merchant_serial_number": os.environ["MSN"],
        "vipps_server": os.environ["BASE_URL"],
        "callback_prefix": "https://shop.example/callbacks",
        "fall_back": "https://shop.example/orders",
        "vipps_system_name": "Kvitt",
    }
    return VippsEcomApi(**(settings | other))


class Ecom(unittest.TestCase):
    """Orders of a shop that was written for eCom years ago."""

    def setUp(self):
        self.vipps = client()

    def initiated(self, amount):
        order_id = f"order-{uuid.uuid4()}"
        answer = self.vipps.init_payment(order_id, amount, "One pair of socks")
        self.assertEqual(answer["orderId"], order_id)
        self.assertIn("?v=2&token=", answer["url"])
        return order_id, answer["url"].split("=")[2]

    def approved(self, amount):
        order_id, token = self.initiated(amount)
        self.vipps.force_approve_payment(order_id, PHONE, token)
        return order_id

    def summary(self, order_id):
        return self.vipps.details_payment(order_id)["transactionSummary"]

    def test_an_order_is_captured_in_parts_and_refunded(self):
        order_id = self.approved(10000)
        captured = self.vipps.capture_payment(order_id, 4000, "Half of a pair")
        self.assertEqual(captured["transactionInfo"]["status"], "Captured")
        self.assertEqual(captured["transactionSummary"]["remainingAmountToCapture"], 6000)
        self.vipps.capture_payment(order_id, 0, "The rest")
        self.assertEqual(self.summary(order_id)["capturedAmount"], 10000)
        refunded = self.vipps.refund_payment(order_id, 2500, "A hole")
        self.assertEqual(refunded["transaction"]["status"], "Refund")
        self.assertEqual(self.summary(order_id)["remainingAmountToRefund"], 7500)
        history = self.vipps.details_payment(order_id)["transactionLogHistory"]
        operations = [entry["operation"] for entry in history]
        self.assertEqual(operations, ["REFUND", "CAPTURE", "CAPTURE", "RESERVE", "INITIATE"])

    def test_an_order_is_cancelled_before_and_after_approval(self):
        waiting, _ = self.initiated(10000)
        self.assertEqual(self.vipps.cancel_payment(waiting, "No socks")["transactionInfo"]["status"], "Cancelled")
        newest = self.vipps.details_payment(waiting)["transactionLogHistory"][0]
        self.assertEqual(newest["operation"], "CANCEL")
        reserved = self.approved(10000)
        self.vipps.cancel_payment(reserved, "No socks")
        self.assertEqual(self.summary(reserved)["remainingAmountToCapture"], 0)
        newest = self.vipps.details_payment(reserved)["transactionLogHistory"][0]
        self.assertEqual(newest["operation"], "VOID")

    def test_a_refusal_is_an_error_of_the_client(self):
        order_id, _ = self.initiated(10000)
        with self.assertRaises(requests.HTTPError) as refused:
            self.vipps.capture_payment(order_id, 100, "Too early")
        self.assertEqual(refused.exception.response.json()[0]["errorCode"], "62")
        with self.assertRaises(requests.HTTPError) as repeated:
            self.vipps.init_payment(order_id, 10000, "The same again")
        self.assertEqual(repeated.exception.response.json()[0]["errorCode"], "34")

    def test_wrong_credentials_are_refused(self):
        with self.assertRaises(requests.HTTPError) as refused:
            client(client_secret="a-wrong-secret-of-some-length").init_payment("order-1", 100, "Socks")
        self.assertIn(refused.exception.response.status_code, (400, 401))


if __name__ == "__main__":
    unittest.main(verbosity=2)
