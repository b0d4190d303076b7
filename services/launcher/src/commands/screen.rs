//! The one screen that `kvitt up` shows when it is ready.

use std::{fmt, path::Path, time::Duration};

use kvitt_launcher::Platform;

/// What the screen is about.
pub(crate) struct Screen<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) env_file: &'a Path,
    pub(crate) wanted_server_folder: &'a Path,
    pub(crate) took: Duration,
}

impl fmt::Display for Screen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let env = self.platform.env();
        let value = |name: &str| env[name].as_str();
        let env_file = shell_path(self.env_file);
        let ready_s = format!("{}.{:02}", self.took.as_secs(), self.took.subsec_millis() / 10);
        writeln!(f, "\nKvitt is ready after {ready_s} s. Ctrl-C stops it; what it knows stays.\n")?;
        writeln!(f, "  API         {}", value("BASE_URL"))?;
        for service in ["ACCESS", "MERCHANT", "PAYMENT", "WALLET", "ORDERMANAGEMENT", "CHECKOUT"] {
            let name = format!("GRPC_{service}");
            writeln!(f, "  gRPC        {}  {}", value(&name), service.to_lowercase())?;
        }
        self.server(f)?;
        writeln!(f, "\n  Sales unit {}, with every feature (also in {env_file}):", value("MSN"))?;
        for name in ["CLIENT_ID", "CLIENT_SECRET", "SUBSCRIPTION_KEY"] {
            writeln!(f, "    {name:<17} {}", value(name))?;
        }
        writeln!(f, "    {:<17} {}  (a payer with plenty of money)", "TEST_PHONE", value("TEST_PHONE"))?;
        writeln!(f, "\n  To try it, in another terminal:\n")?;
        writeln!(f, "{}", TRY.replace("ENV_FILE", &env_file))
    }
}

impl Screen<'_> {
    fn server(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(server) = self.platform.server() else { return Ok(()) };
        let wanted = std::path::absolute(self.wanted_server_folder).unwrap_or_default();
        let wanted = wanted.canonicalize().unwrap_or(wanted);
        writeln!(f, "  PostgreSQL  {}", server.data().display())?;
        if server.data() != wanted {
            writeln!(f, "              (not in {}, which its user cannot reach)", wanted.display())?;
        }
        Ok(())
    }
}

/// A shell looks a bare name up in PATH, so a path without a slash gets one.
fn shell_path(path: &Path) -> String {
    let text = path.display().to_string();
    if text.contains('/') { text } else { format!("./{text}") }
}

/// A token, a payment, the payment as it stands.
const TRY: &str = r#". ENV_FILE; TOKEN=$(curl -s -X POST $BASE_URL/accesstoken/get -H "client_id: $CLIENT_ID" -H "client_secret: $CLIENT_SECRET" -H "Ocp-Apim-Subscription-Key: $SUBSCRIPTION_KEY" | sed 's/.*"access_token":"\([^"]*\)".*/\1/'); REF=order-$(date +%s)
curl -s $BASE_URL/epayment/v1/payments -H "Authorization: Bearer $TOKEN" -H "Ocp-Apim-Subscription-Key: $SUBSCRIPTION_KEY" -H "Merchant-Serial-Number: $MSN" -H "Idempotency-Key: $REF" -H "Content-Type: application/json" -d "{\"amount\":{\"currency\":\"NOK\",\"value\":49900},\"paymentMethod\":{\"type\":\"WALLET\"},\"reference\":\"$REF\",\"userFlow\":\"WEB_REDIRECT\",\"returnUrl\":\"https://example.com/thanks\"}"
curl -s $BASE_URL/epayment/v1/payments/$REF -H "Authorization: Bearer $TOKEN" -H "Ocp-Apim-Subscription-Key: $SUBSCRIPTION_KEY" -H "Merchant-Serial-Number: $MSN"
"#;
