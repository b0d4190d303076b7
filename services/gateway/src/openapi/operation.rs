//! One operation, as the document tells it.
//!
//! What the operations of an API share is said once, by [`Api`]: who may call, and in which words a refusal is told.
//! Everything else is said operation by operation.

use std::collections::BTreeSet;

use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Content, HttpMethod, ObjectBuilder, Ref, RefOr, Required, Response, ResponseBuilder, Schema,
        path::{Operation as Told, OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::RequestBodyBuilder,
    },
};

use super::{
    callers::Calls,
    parameters,
    refusals::{self, Dialect},
};

/// Schemas by their names.
pub(super) type Schemas = Vec<(String, RefOr<Schema>)>;

/// What the operations of one API share.
#[derive(Clone, Copy)]
pub(super) struct Api {
    /// What it is called in the document.
    pub(super) name: &'static str,
    pub(super) dialect: Dialect,
    pub(super) calls: Calls,
}

/// An operation that is being described.
pub(super) struct Operation {
    path: &'static str,
    method: HttpMethod,
    dialect: Dialect,
    told: OperationBuilder,
    answers: Vec<(u16, Response)>,
    refusals: BTreeSet<u16>,
    schemas: Schemas,
}

/// An operation that has been described.
pub(super) struct Described {
    pub(super) path: &'static str,
    pub(super) method: HttpMethod,
    pub(super) told: Told,
    pub(super) schemas: Schemas,
}

impl Api {
    pub(super) fn get(self, path: &'static str, id: &'static str) -> Operation {
        Operation::new(self, HttpMethod::Get, path, id)
    }

    pub(super) fn post(self, path: &'static str, id: &'static str) -> Operation {
        Operation::new(self, HttpMethod::Post, path, id)
    }

    pub(super) fn put(self, path: &'static str, id: &'static str) -> Operation {
        Operation::new(self, HttpMethod::Put, path, id)
    }

    pub(super) fn patch(self, path: &'static str, id: &'static str) -> Operation {
        Operation::new(self, HttpMethod::Patch, path, id)
    }

    pub(super) fn delete(self, path: &'static str, id: &'static str) -> Operation {
        Operation::new(self, HttpMethod::Delete, path, id)
    }
}

impl Operation {
    fn new(api: Api, method: HttpMethod, path: &'static str, id: &'static str) -> Self {
        let mut told = OperationBuilder::new().operation_id(Some(id)).tag(api.name);
        for security in api.calls.security() {
            told = told.security(security);
        }
        for parameter in parameters::of_path(path).into_iter().chain(api.calls.headers()) {
            told = told.parameter(parameter);
        }
        let everywhere = refusals::EVERYWHERE.into_iter().chain(api.calls.refusals().iter().copied());
        Self {
            path,
            method,
            dialect: api.dialect,
            told,
            answers: Vec::new(),
            refusals: everywhere.collect(),
            schemas: Schemas::new(),
        }
    }

    /// One line, and what a caller should know beyond it.
    pub(super) fn says(mut self, summary: &str, description: &str) -> Self {
        self.told = self.told.summary(Some(summary));
        if !description.is_empty() {
            self.told = self.told.description(Some(description));
        }
        self
    }

    /// A header or a part of the query.
    pub(super) fn parameter(mut self, parameter: Parameter) -> Self {
        self.told = self.told.parameter(parameter);
        self
    }

    /// A part of the query that may be left out.
    pub(super) fn query(self, name: &str, schema: ObjectBuilder, says: &str) -> Self {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query);
        let parameter = parameter.required(Required::False).schema(Some(schema)).description(Some(says));
        self.refuses(&[400]).parameter(parameter.build())
    }

    /// A body of JSON, which must be there.
    pub(super) fn takes<T: ToSchema>(self, example: Value) -> Self {
        self.body::<T>("application/json", Required::True, example)
    }

    /// A body of JSON, which may be left out.
    pub(super) fn may_take<T: ToSchema>(self, example: Value) -> Self {
        self.body::<T>("application/json", Required::False, example)
    }

    /// A form.
    pub(super) fn takes_form<T: ToSchema>(self, example: Value) -> Self {
        self.body::<T>("application/x-www-form-urlencoded", Required::True, example)
    }

    fn body<T: ToSchema>(mut self, media_type: &str, required: Required, example: Value) -> Self {
        let schema = self.refer::<T>();
        let mut content = Content::new(Some(schema));
        content.example = Some(example);
        let body = RequestBodyBuilder::new().content(media_type, content).required(Some(required));
        self.told = self.told.request_body(Some(body.build()));
        self.refuses(&[400, 413])
    }

    /// The answer to a call that went well: an object.
    pub(super) fn answers<T: ToSchema>(self, status: u16, says: &str) -> Self {
        self.answers_with::<T>(status, says, "application/json")
    }

    /// The same of another media type.
    pub(super) fn answers_with<T: ToSchema>(mut self, status: u16, says: &str, media_type: &str) -> Self {
        let content = Content::new(Some(self.refer::<T>()));
        let response = ResponseBuilder::new().description(says).content(media_type, content);
        self.answers.push((status, response.build()));
        self
    }

    /// An array of such objects.
    pub(super) fn answers_list<T: ToSchema>(mut self, status: u16, says: &str) -> Self {
        let content = Content::new(Some(utoipa::openapi::Array::new(self.refer::<T>())));
        let response = ResponseBuilder::new().description(says).content("application/json", content);
        self.answers.push((status, response.build()));
        self
    }

    /// A text or a file, of one of these media types.
    pub(super) fn answers_bytes(mut self, status: u16, says: &str, media_types: &[&str]) -> Self {
        let mut response = ResponseBuilder::new().description(says);
        for media_type in media_types {
            response = response.content(*media_type, Content::default());
        }
        self.answers.push((status, response.build()));
        self
    }

    /// No body.
    pub(super) fn answers_nothing(self, says: &str) -> Self {
        self.answers_empty(204, says)
    }

    /// No body, with another status.
    pub(super) fn answers_empty(mut self, status: u16, says: &str) -> Self {
        self.answers.push((status, ResponseBuilder::new().description(says).build()));
        self
    }

    /// The statuses of refusals that this operation has beside those that all have.
    pub(super) fn refuses(mut self, statuses: &[u16]) -> Self {
        self.refusals.extend(statuses);
        self
    }

    /// The operation with all its answers.
    pub(super) fn described(mut self) -> Described {
        for status in &self.refusals {
            let refusal = refusals::response(self.dialect, *status, &mut self.schemas);
            match self.answers.iter_mut().find(|(known, _)| known == status) {
                // The same status with two meanings, as that of a platform that is not well.
                Some((_, answer)) => answer.content.extend(refusal.content),
                None => self.answers.push((*status, refusal)),
            }
        }
        self.answers.sort_by_key(|(status, _)| *status);
        let told = self
            .answers
            .into_iter()
            .fold(self.told, |told, (status, response)| told.response(status.to_string(), response));
        Described { path: self.path, method: self.method, told: told.build(), schemas: self.schemas }
    }

    fn refer<T: ToSchema>(&mut self) -> RefOr<Schema> {
        refer::<T>(&mut self.schemas)
    }
}

/// Where the schema of a type stands, which is noted with all that it refers to.
pub(super) fn refer<T: ToSchema>(schemas: &mut Schemas) -> RefOr<Schema> {
    T::schemas(schemas);
    schemas.push((T::name().into_owned(), <T as PartialSchema>::schema()));
    Ref::from_schema_name(T::name()).into()
}
