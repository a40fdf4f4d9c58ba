//! `triglot.v1.GlossaryService`.

use std::sync::Arc;

use tokio::task::spawn_blocking;
use tonic::{Request, Response, Status};

use super::{Service, error::ServiceError};
use crate::{
    glossary::{GlossaryError, GlossaryFile, Registered},
    wire::{
        self,
        proto::{
            ChangeTermsRequest, ChangeTermsResponse, DeleteGlossaryRequest, DeleteGlossaryResponse,
            GetGlossaryRequest, GetGlossaryResponse, ListGlossariesRequest, ListGlossariesResponse,
            PutGlossaryRequest, PutGlossaryResponse, glossary_service_server::GlossaryService,
        },
    },
};

impl Service {
    /// The result of work on the glossary file, which waits for the disk. `field` has the terms of the request.
    async fn on_glossaries<T: Send + 'static>(
        &self,
        field: &'static str,
        work: impl FnOnce(&GlossaryFile) -> Result<T, GlossaryError> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let file = self.translator.borrow().glossaries().file().map(Arc::clone);
        let file = file.ok_or(ServiceError::NoGlossaries)?;
        // It cannot be cancelled.
        let done = spawn_blocking(move || work(&file)).await.map_err(|_| ServiceError::Lost)?;
        done.map_err(|error| ServiceError::Glossary { field, error })
    }
}

#[tonic::async_trait]
impl GlossaryService for Service {
    async fn put_glossary(
        &self,
        request: Request<PutGlossaryRequest>,
    ) -> Result<Response<PutGlossaryResponse>, Status> {
        let glossary = wire::glossary::glossary(request.into_inner().glossary)?;
        let put = move |file: &GlossaryFile| {
            let Registered { heading, terms } = glossary;
            file.put(&heading.name, heading.pair, &terms, heading.revision)
        };
        let heading = self.on_glossaries("glossary.terms", put).await?;
        Ok(Response::new(PutGlossaryResponse { glossary: Some(heading.into()) }))
    }

    async fn change_terms(
        &self,
        request: Request<ChangeTermsRequest>,
    ) -> Result<Response<ChangeTermsResponse>, Status> {
        let ChangeTermsRequest { name, put, remove } = request.into_inner();
        let name = wire::glossary::name("name", &name)?;
        let put = wire::glossary::change(&put, &remove)?;
        let heading = self.on_glossaries("put", move |file| file.change(&name, put, &remove)).await?;
        Ok(Response::new(ChangeTermsResponse { glossary: Some(heading.into()) }))
    }

    async fn get_glossary(
        &self,
        request: Request<GetGlossaryRequest>,
    ) -> Result<Response<GetGlossaryResponse>, Status> {
        let name = wire::glossary::name("name", &request.into_inner().name)?;
        let glossary = self.on_glossaries("name", move |file| file.get(&name)).await?;
        Ok(Response::new(GetGlossaryResponse { glossary: Some(glossary.into()) }))
    }

    async fn list_glossaries(
        &self,
        request: Request<ListGlossariesRequest>,
    ) -> Result<Response<ListGlossariesResponse>, Status> {
        let (after, size) = wire::glossary::page(&request.into_inner())?;
        // One more shows whether there is another page.
        let mut list =
            self.on_glossaries("page_token", move |file| file.list(after.as_ref(), size + 1)).await?;
        let is_last = list.len() <= size;
        list.truncate(size);
        let last = list.last().filter(|_| !is_last);
        let next_page_token = last.map_or(String::new(), |heading| heading.name.to_string());
        let glossaries = list.into_iter().map(Into::into).collect();
        Ok(Response::new(ListGlossariesResponse { glossaries, next_page_token }))
    }

    async fn delete_glossary(
        &self,
        request: Request<DeleteGlossaryRequest>,
    ) -> Result<Response<DeleteGlossaryResponse>, Status> {
        let DeleteGlossaryRequest { name, revision } = request.into_inner();
        let name = wire::glossary::name("name", &name)?;
        self.on_glossaries("name", move |file| file.delete(&name, revision)).await?;
        Ok(Response::new(DeleteGlossaryResponse {}))
    }
}
