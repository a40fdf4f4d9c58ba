//! Registered glossaries in a file of this process or on a server.

use tonic::Code;

use super::{ClientError, Connection, Server};
use crate::{
    glossary::{GlossaryError, GlossaryFile, GlossaryName, Heading, Registered},
    lang::Pair,
    translate::Term,
    wire::{
        AnswerError,
        proto::{
            self, ChangeTermsRequest, DeleteGlossaryRequest, GetGlossaryRequest, ListGlossariesRequest,
            PutGlossaryRequest, glossary_service_client::GlossaryServiceClient,
        },
    },
};

/// Reads and writes glossaries.
pub enum Glossaries {
    File(GlossaryFile),
    Server(GlossaryServiceClient<Connection>),
}

impl Glossaries {
    /// The glossaries of a server.
    pub async fn connect(server: &Server) -> Result<Self, ClientError> {
        Ok(Self::Server(GlossaryServiceClient::new(server.connect(None).await?)))
    }

    /// A glossary; `None` if there is none with this name.
    pub async fn get(&mut self, name: &GlossaryName) -> Result<Option<Registered>, ClientError> {
        match self {
            Self::File(file) => match file.get(name) {
                Err(GlossaryError::Unknown(_)) => Ok(None),
                found => Ok(Some(found?)),
            },
            Self::Server(client) => {
                match client.get_glossary(GetGlossaryRequest { name: name.to_string() }).await {
                    Err(status) if status.code() == Code::NotFound => Ok(None),
                    answer => Ok(Some(answered(answer?.into_inner().glossary)?)),
                }
            }
        }
    }

    /// Writes a whole glossary: a new one if `revision` is 0, or else in place of the one with this revision.
    pub async fn put(
        &mut self,
        name: &GlossaryName,
        pair: Pair,
        terms: Vec<Term>,
        revision: u64,
    ) -> Result<Heading, ClientError> {
        match self {
            Self::File(file) => Ok(file.put(name, pair, &terms, revision)?),
            Self::Server(client) => {
                let heading = Heading { name: name.clone(), pair, revision, terms: terms.len() };
                let glossary = Some(Registered { heading, terms }.into());
                let answer = client.put_glossary(PutGlossaryRequest { glossary }).await?;
                Ok(answered(answer.into_inner().glossary)?.heading)
            }
        }
    }

    /// Adds terms to a glossary, in place of those with the same source.
    pub async fn add(&mut self, name: &GlossaryName, terms: Vec<Term>) -> Result<Heading, ClientError> {
        match self {
            Self::File(file) => Ok(file.change(name, terms, &[])?),
            Self::Server(client) => {
                let put = terms.into_iter().map(Into::into).collect();
                let request = ChangeTermsRequest { name: name.to_string(), put, remove: Vec::new() };
                Ok(answered(client.change_terms(request).await?.into_inner().glossary)?.heading)
            }
        }
    }

    /// All glossaries in the order of their names.
    pub async fn list(&mut self) -> Result<Vec<Heading>, ClientError> {
        match self {
            Self::File(file) => Ok(file.list(None, usize::MAX)?),
            Self::Server(client) => {
                let (mut list, mut page_token) = (Vec::new(), String::new());
                loop {
                    let request = ListGlossariesRequest { page_size: 0, page_token };
                    let page = client.list_glossaries(request).await?.into_inner();
                    for glossary in page.glossaries {
                        list.push(Registered::try_from(glossary)?.heading);
                    }
                    if page.next_page_token.is_empty() {
                        return Ok(list);
                    }
                    page_token = page.next_page_token;
                }
            }
        }
    }

    /// Removes a glossary.
    pub async fn delete(&mut self, name: &GlossaryName) -> Result<(), ClientError> {
        match self {
            Self::File(file) => Ok(file.delete(name, 0)?),
            Self::Server(client) => {
                client.delete_glossary(DeleteGlossaryRequest { name: name.to_string(), revision: 0 }).await?;
                Ok(())
            }
        }
    }
}

fn answered(glossary: Option<proto::Glossary>) -> Result<Registered, AnswerError> {
    glossary.ok_or(AnswerError("no glossary"))?.try_into()
}
