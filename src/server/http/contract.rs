//! The messages of our contract as JSON (the proto3 JSON mapping), and the calls that take them.

use std::convert::Infallible;

use futures::{Stream, StreamExt};
use http::uri::PathAndQuery;
use prost::Message;
use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor, MethodDescriptor,
    SerializeOptions, ServiceDescriptor,
};
use prost_types::{DescriptorProto, FileDescriptorProto, FileDescriptorSet};
use serde_json::Value;
use tokio_util::bytes::{Buf, BufMut, Bytes};
use tonic::{
    Request, Status, Streaming,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

use super::{HttpError, grpc::Grpc};
use crate::wire::{FieldError, proto::DESCRIPTORS};

/// The descriptors of the contract. Cheap to clone.
#[derive(Clone)]
pub struct Contract {
    pool: DescriptorPool,
    /// `google.rpc.Status`.
    status: MessageDescriptor,
}

impl Contract {
    pub fn new() -> Result<Self, HttpError> {
        let mut pool = DescriptorPool::decode(DESCRIPTORS)?;
        // The details of an error, which the contract does not name.
        let details = FileDescriptorSet::decode(tonic_types::pb::FILE_DESCRIPTOR_SET).unwrap_or_default();
        // Both sets have some files, under names of their own.
        let is_known = |file: &FileDescriptorProto| {
            let name = |message: &DescriptorProto| format!("{}.{}", file.package(), message.name());
            pool.get_file_by_name(file.name()).is_some()
                || file.message_type.iter().any(|message| pool.get_message_by_name(&name(message)).is_some())
        };
        let new = details.file.into_iter().filter(|file| !is_known(file)).collect::<Vec<_>>();
        pool.add_file_descriptor_protos(new)?;
        let status = pool.get_message_by_name("google.rpc.Status");
        Ok(Self { status: status.ok_or(HttpError::Name("google.rpc.Status"))?, pool })
    }

    /// A method by its service and name, such as `InfoService.GetInfo`.
    pub fn method(&self, name: &'static str) -> Result<MethodDescriptor, HttpError> {
        let find = || {
            let (service, method) = name.split_once('.')?;
            let service: ServiceDescriptor =
                self.pool.get_service_by_name(&format!("triglot.v1.{service}"))?;
            service.methods().find(|other| other.name() == method)
        };
        find().ok_or(HttpError::Name(name))
    }

    /// The form of errors.
    pub fn status(&self) -> &MessageDescriptor {
        &self.status
    }

    /// A status as JSON.
    pub fn error(&self, status: &Status) -> Value {
        let plain =
            || serde_json::json!({"code": status.code() as i32, "message": status.message(), "details": []});
        // The details hold the whole status.
        let whole = match status.details() {
            [] => return plain(),
            details => DynamicMessage::decode(self.status.clone(), details),
        };
        whole.ok().and_then(|whole| json(&whole).ok()).unwrap_or_else(plain)
    }
}

/// A message of this kind, from JSON.
pub fn message(kind: MessageDescriptor, body: Value) -> Result<DynamicMessage, Status> {
    let strict = DeserializeOptions::new().deny_unknown_fields(true);
    DynamicMessage::deserialize_with_options(kind, body, &strict)
        .map_err(|error| FieldError::new("body", error.to_string()).into())
}

/// A message as JSON. Fields with their default value are there, too, so that a client need not know it.
pub fn json(message: &DynamicMessage) -> Result<Value, Status> {
    let all = SerializeOptions::new().skip_default_fields(false);
    message
        .serialize_with_options(serde_json::value::Serializer, &all)
        .map_err(|error| Status::internal(format!("cannot write the answer as JSON: {error}")))
}

/// Calls a unary method.
pub async fn call(grpc: Grpc, method: &MethodDescriptor, request: &DynamicMessage) -> Result<Value, Status> {
    let request = Request::new(request.encode_to_vec().into());
    let response = ready(grpc).await?.unary(request, path(method)?, Raw).await?;
    json(&decode(method, response.into_inner())?)
}

/// Calls a method that answers a stream of messages with a stream of messages.
pub async fn stream(
    grpc: Grpc,
    method: MethodDescriptor,
    requests: impl Stream<Item = Bytes> + Send + 'static,
) -> Result<impl Stream<Item = Result<DynamicMessage, Status>>, Status> {
    let answers: Streaming<Bytes> =
        ready(grpc).await?.streaming(Request::new(requests), path(&method)?, Raw).await?.into_inner();
    Ok(answers.map(move |answer| decode(&method, answer?)))
}

async fn ready(grpc: Grpc) -> Result<tonic::client::Grpc<Grpc>, Status> {
    let mut client = tonic::client::Grpc::new(grpc).max_decoding_message_size(usize::MAX);
    client.ready().await.map_err(|never: Infallible| Status::from_error(never.into()))?;
    Ok(client)
}

fn decode(method: &MethodDescriptor, message: Bytes) -> Result<DynamicMessage, Status> {
    DynamicMessage::decode(method.output(), message).map_err(|error| Status::internal(error.to_string()))
}

fn path(method: &MethodDescriptor) -> Result<PathAndQuery, Status> {
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    path.parse().map_err(|_| Status::internal("the contract has a name that is no path"))
}

/// Leaves messages encoded.
#[derive(Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::{ErrorDetails, StatusExt};

    use super::*;

    #[test]
    fn an_error_has_its_details_and_a_plain_one_has_none() {
        let contract = Contract::new().expect("the contract is valid");
        let details = ErrorDetails::with_bad_request_violation("text", "it is empty");
        let status = Status::with_error_details(tonic::Code::InvalidArgument, "no", details);
        let error = contract.error(&status);
        assert_eq!((&error["code"], &error["message"]), (&3.into(), &"no".into()));
        assert_eq!(error["details"][0]["fieldViolations"][0]["field"], "text", "{error}");
        let plain = serde_json::json!({"code": 5, "message": "gone", "details": []});
        assert_eq!(contract.error(&Status::not_found("gone")), plain);
    }
}
