//! Nobody finds out whether a thing of others exists: every rpc and every route answers a foreign name and one that
//! nobody has in the same bytes. The rpcs are those of the descriptor set and their messages are filled in by the names of
//! the fields, so a new one is tried without being listed here.

use std::collections::BTreeMap;

use kvitt_proto::FILE_DESCRIPTOR_SET;
use kvitt_tests::requests::fresh_key;
use kvitt_tests::{Answer, Keys, Shop, Stack, StackPlan};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use tonic::client::Grpc;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Status};

use super::matrix::token;
use super::merchant_of;
use crate::coverage::channel;
use crate::epayment::operations;

/// How deep messages are filled in.
const DEPTH: u32 = 4;

/// Stands in a path where the reference goes.
const PLACE: &str = "the-reference";

/// Names of things, by the field that takes them.
type Names = BTreeMap<&'static str, String>;

/// What belongs to others, and what nobody has. A name and its absent counterpart are equally long, so that answers which
/// repeat them are, too.
struct Others {
    foreign: Vec<(&'static str, Names)>,
    absent: Names,
}

fn names(pairs: &[(&'static str, &str)]) -> Names {
    pairs.iter().map(|(field, value)| (*field, (*value).to_owned())).collect()
}

impl Others {
    async fn of(stack: &Stack) -> Self {
        let neighbour = stack.user("neighbour").await;
        let danish = Shop::open(stack, stack.keys("danish")).await;
        let reference = danish.authorized(10_000).await;
        let nobody = "00000000-0000-4000-8000-00000000dead";
        let abroad = names(&[
            ("msn", "500001"),
            ("merchant_id", merchant_of("dane")),
            ("user_id", &stack.user("dane").await.user_id),
            ("client_id", &stack.keys("danish").client_id),
            ("reference", &reference),
            ("business_id", "12345674"),
        ]);
        let next_door = names(&[
            ("msn", "400001"),
            ("merchant_id", merchant_of("neighbour")),
            ("user_id", &neighbour.user_id),
            ("client_id", &stack.keys("second").client_id),
        ]);
        let absent = names(&[
            ("msn", "599999"),
            ("merchant_id", nobody),
            ("user_id", nobody),
            ("client_id", nobody),
            ("reference", &"n".repeat(reference.len())),
            ("business_id", "37000000"),
        ]);
        let beside = names(&[("msn", "300002"), ("client_id", &stack.keys("plain").client_id)]);
        Self { foreign: vec![(ABROAD, abroad), (NEXT_DOOR, next_door), (BESIDE, beside)], absent }
    }
}

const ABROAD: &str = "a merchant of another country";
const NEXT_DOOR: &str = "the neighbour";
const BESIDE: &str = "another unit of a merchant that they know";

/// Who works for the neighbour too, and so may know them.
const OF_THE_NEIGHBOUR: [&str; 3] = ["administrator", "partner", "partner_management"];

/// Who has every unit of that merchant.
const OF_ALL_UNITS: [&str; 2] = ["administrator", "merchant_management"];

/// Whoever orders for a company names it, known to the platform or not, since the numbers of companies are public; and in
/// the sandbox everybody may break anything.
const ABOUT_ANYBODY: [&str; 3] = ["ApplyForAgreement", "PrefillOrder", "CreateFault"];

/// Fills every field: with a name where there is one for it, else with something that is in order.
fn filled(message: &MessageDescriptor, names: &Names, used: &mut bool, depth: u32) -> DynamicMessage {
    let mut filled = DynamicMessage::new(message.clone());
    let mut chosen = Vec::new();
    for field in message.fields() {
        if let Some(one) = field.containing_oneof() {
            if chosen.contains(&one.name().to_owned()) {
                continue;
            }
            chosen.push(one.name().to_owned());
        }
        if field.is_map() || depth == 0 {
            continue;
        }
        if let Some(value) = value(&field, names, used, depth) {
            let value = if field.is_list() { Value::List(vec![value]) } else { value };
            filled.set_field(&field, value);
        }
    }
    filled
}

fn value(field: &FieldDescriptor, names: &Names, used: &mut bool, depth: u32) -> Option<Value> {
    Some(match field.kind() {
        Kind::String => match names.get(field.name()) {
            Some(name) => {
                *used = true;
                Value::String(name.clone())
            }
            None => Value::String(usual(field.name())?),
        },
        Kind::Message(message) if message.full_name().starts_with("google.") => return None,
        Kind::Message(message) => Value::Message(filled(&message, names, used, depth - 1)),
        Kind::Enum(_) => Value::EnumNumber(1),
        Kind::Int32 => Value::I32(1),
        Kind::Int64 => Value::I64(100),
        Kind::Bool => Value::Bool(false),
        _ => return None,
    })
}

/// Something in order for a field that names nothing of anybody's.
fn usual(field: &str) -> Option<String> {
    Some(match field {
        "idempotency_key" => fresh_key(),
        "order_id" | "test_user_id" | "payer_id" | "card_id" => uuid::Uuid::new_v4().to_string(),
        "reference" => "nobodys-reference".to_owned(),
        "country" | "country_code" => "NO".to_owned(),
        "national_id" => "11827510000".to_owned(),
        "phone_number" => "4799900101".to_owned(),
        "business_scheme" => "business:DK:CVR".to_owned(),
        "business_id" => "12345674".to_owned(),
        "scheme" => "BBAN:NO".to_owned(),
        "id" => "15034012358".to_owned(),
        "email" => "post@example.no".to_owned(),
        "return_url" | "website" | "website_url" | "website_terms_url" => "https://example.no/".to_owned(),
        "name" | "sales_unit_name" | "description" | "city" | "lines" => "Noe".to_owned(),
        "post_code" => "0150".to_owned(),
        _ => return None,
    })
}

struct Rpc {
    path: String,
    service: String,
    input: MessageDescriptor,
    streaming: bool,
}

/// Every rpc but those that need no token: they know nobody.
fn rpcs() -> Vec<Rpc> {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("the descriptor set is in order");
    let services = pool.services().filter(|service| service.full_name().starts_with("kvitt."));
    let open = ["kvitt.access.v1.TokenService", "kvitt.access.v1.SessionService"];
    services
        .filter(|service| !open.contains(&service.full_name()))
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .filter(|method| !method.is_client_streaming())
        .map(|method| Rpc {
            path: format!("/{}/{}", method.parent_service().full_name(), method.name()),
            service: method.parent_service().full_name().to_owned(),
            input: method.input(),
            streaming: method.is_server_streaming(),
        })
        .collect()
}

/// What can be seen of an answer.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Refused(Code, String, Vec<u8>),
    Answered(Vec<u8>),
}

async fn call(stack: &Stack, rpc: &Rpc, token: &str, message: &DynamicMessage) -> Seen {
    match try_call(stack, rpc, token, message).await {
        Ok(bytes) => Seen::Answered(bytes),
        Err(status) => Seen::Refused(status.code(), status.message().to_owned(), status.details().to_vec()),
    }
}

async fn try_call(
    stack: &Stack,
    rpc: &Rpc,
    token: &str,
    message: &DynamicMessage,
) -> Result<Vec<u8>, Status> {
    let mut grpc = Grpc::new(channel(stack, &rpc.service));
    grpc.ready().await.expect("the service can be reached");
    let mut metadata = MetadataMap::new();
    metadata.insert("authorization", format!("Bearer {token}").parse().expect("a token is ASCII"));
    // Unknown fields are kept by the codec of bytes: the message is sent as it is encoded here.
    let mut request = Request::new(Raw(message.encode_to_vec()));
    *request.metadata_mut() = metadata;
    let path = rpc.path.parse().expect("a name makes a path");
    if rpc.streaming {
        let mut stream = grpc.server_streaming(request, path, RawCodec).await?.into_inner();
        return Ok(stream.message().await?.map(|raw| raw.0).unwrap_or_default());
    }
    Ok(grpc.unary(request, path, RawCodec).await?.into_inner().0)
}

/// Encoded bytes that are sent and received as they are.
#[derive(Debug, Default)]
struct Raw(Vec<u8>);

struct RawCodec;

impl tonic::codec::Codec for RawCodec {
    type Encode = Raw;
    type Decode = Raw;
    type Encoder = RawCodec;
    type Decoder = RawCodec;

    fn encoder(&mut self) -> RawCodec {
        RawCodec
    }

    fn decoder(&mut self) -> RawCodec {
        RawCodec
    }
}

impl tonic::codec::Encoder for RawCodec {
    type Item = Raw;
    type Error = Status;

    fn encode(&mut self, item: Raw, into: &mut tonic::codec::EncodeBuf<'_>) -> Result<(), Status> {
        prost::bytes::BufMut::put_slice(into, &item.0);
        Ok(())
    }
}

impl tonic::codec::Decoder for RawCodec {
    type Item = Raw;
    type Error = Status;

    fn decode(&mut self, from: &mut tonic::codec::DecodeBuf<'_>) -> Result<Option<Raw>, Status> {
        let mut bytes = vec![0; prost::bytes::Buf::remaining(from)];
        prost::bytes::Buf::copy_to_slice(from, &mut bytes);
        Ok(Some(Raw(bytes)))
    }
}

#[tokio::test]
async fn every_rpc_answers_foreign_and_absent_in_the_same_bytes() {
    let stack = Stack::own(StackPlan::default()).await;
    let others = Others::of(&stack).await;
    let mut callers = vec![("a unit's keys", Shop::open(&stack, stack.keys("full")).await.token)];
    for keys in ["partner", "partner_management", "merchant_management", "accounting"] {
        callers.push((keys, token(&stack, keys).await));
    }
    for user in ["administrator", "assistant", "developer", "finn"] {
        callers.push((user, stack.user(user).await.token));
    }
    let (mut calls, mut leaks) = (0, Vec::new());
    for rpc in rpcs().iter().filter(|rpc| !ABOUT_ANYBODY.iter().any(|name| rpc.path.ends_with(name))) {
        for (caller, token) in &callers {
            for (whose, foreign) in &others.foreign {
                let known = *whose == NEXT_DOOR && OF_THE_NEIGHBOUR.contains(caller)
                    || *whose == BESIDE && OF_ALL_UNITS.contains(caller);
                if known {
                    continue;
                }
                let absent = others.absent.iter().filter(|(field, _)| foreign.contains_key(*field));
                let absent: Names = absent.map(|(field, name)| (*field, name.clone())).collect();
                let mut used = false;
                let of_others = filled(&rpc.input, foreign, &mut used, DEPTH);
                if !used {
                    continue;
                }
                let of_nobody = filled(&rpc.input, &absent, &mut used, DEPTH);
                let one = call(&stack, rpc, token, &of_others).await;
                let other = call(&stack, rpc, token, &of_nobody).await;
                calls += 2;
                let refused = matches!(one, Seen::Refused(..));
                if !refused || neutral(&one, foreign) != neutral(&other, &absent) {
                    leaks.push(format!("{} by {caller} of {whose}:\n  {one:?}\n  {other:?}", rpc.path));
                }
            }
        }
    }
    println!("isolation: {calls} calls of rpcs, {} leaks", leaks.len());
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    assert!(calls > 500);
    stack.stop().await;
}

/// What was seen, without the names that the caller gave and got back.
fn neutral(seen: &Seen, names: &Names) -> String {
    let text = match seen {
        Seen::Answered(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Seen::Refused(code, message, details) => {
            format!("{code:?} {message} {}", String::from_utf8_lossy(details))
        }
    };
    names.values().fold(text, |text, name| text.replace(name.as_str(), "NAME"))
}

#[tokio::test]
async fn every_route_answers_foreign_and_absent_alike() {
    let stack = Stack::shared();
    let danish = Shop::named("danish").await;
    let foreign = danish.authorized(10_000).await;
    let nobodys = "n".repeat(foreign.len());
    let partner = Keys { msn: "300001".to_owned(), ..stack.keys("partner").clone() };
    let mut calls = 0;
    for shop in [Shop::named("full").await, Shop::open(stack, &partner).await] {
        for (method, path, body) in operations(&shop, PLACE) {
            let send = async |reference: &str, msn: &str| {
                let request = shop
                    .bare(method.clone(), &path.replace(PLACE, reference))
                    .header("Authorization", format!("Bearer {}", shop.token))
                    .header("Ocp-Apim-Subscription-Key", &shop.keys.primary)
                    .header("Merchant-Serial-Number", msn)
                    .header("Idempotency-Key", fresh_key());
                let request = match &body {
                    Some(body) => request.json(body),
                    None => request,
                };
                let answer = Answer::of(request).await;
                // The trace is the request's own, and the path is what the caller said.
                let mut body = answer.body;
                if let Some(fields) = body.as_object_mut() {
                    fields.remove("traceId");
                    fields.remove("instance");
                }
                (answer.status, body.to_string().replace(msn, "MSN"))
            };
            if !path.starts_with("/epayment") {
                continue;
            }
            if path.contains(PLACE) {
                let alike = (send(&foreign, "300001").await, send(&nobodys, "300001").await);
                assert_eq!(alike.0, alike.1, "{method} {path}");
                assert!(alike.0.0 >= 400, "{method} {path}: {alike:?}");
                calls += 2;
            }
            let absent = send(&foreign, "599999").await;
            for msn in ["300002", "500001"] {
                assert_eq!(send(&foreign, msn).await, absent, "{method} {path} for {msn}");
                calls += 1;
            }
            assert!([401, 403].contains(&absent.0), "{method} {path}: {absent:?}");
        }
    }
    println!("isolation: {calls} calls of routes, 0 leaks");
    assert!(calls > 40);
}
