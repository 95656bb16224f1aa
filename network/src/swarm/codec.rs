//! Requests and responses on a stream: a u32 length, little-endian, then one borsh value.
//!
//! The length is judged before anything is read, and memory grows only with bytes that arrived. A
//! refusal travels inside the `io::Error` as a [`DecodeError`], so that the driver can tell a peer
//! that broke a rule from a line that broke.

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::StreamProtocol;
use libp2p::request_response::Codec;
use serin_state::codec::{self, DecodeError, Wire};
use std::io;
use std::marker::PhantomData;

/// A request, or why its bytes are none. A value, because libp2p keeps errors of reading a request to
/// itself, and a peer that sends garbage must be known.
pub(super) type Asked<Q> = Result<Q, DecodeError>;

/// Reads and writes requests `Q` and responses `A`.
#[derive(Debug)]
pub(super) struct WireCodec<Q, A>(PhantomData<fn() -> (Q, A)>);

impl<Q, A> Clone for WireCodec<Q, A> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<Q, A> Default for WireCodec<Q, A> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<Q: Wire + Send, A: Wire + Send> Codec for WireCodec<Q, A> {
    type Protocol = StreamProtocol;
    type Request = Asked<Q>;
    type Response = A;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Asked<Q>>
    where
        T: AsyncRead + Unpin + Send,
    {
        match read(io).await {
            Ok(request) => Ok(Ok(request)),
            Err(error) => refusal(&error).map_or(Err(error), |refusal| Ok(Err(refusal))),
        }
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<A>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(io).await
    }

    async fn write_request<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        value: Asked<Q>,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        let value = value.map_err(refused)?;
        write(io, frame(&value)?).await
    }

    async fn write_response<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        value: A,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(io, frame(&value)?).await
    }
}

/// The [`DecodeError`] inside an error of [`WireCodec`]; `None` where the line broke.
pub(super) fn refusal(error: &io::Error) -> Option<DecodeError> {
    error.get_ref()?.downcast_ref::<DecodeError>().copied()
}

async fn read<W: Wire, T: AsyncRead + Unpin + Send>(io: &mut T) -> io::Result<W> {
    let mut length = [0; 4];
    io.read_exact(&mut length).await?;
    let length = u32::from_le_bytes(length);
    let bytes_max = W::BYTES_MAX;
    let bytes = usize::try_from(length).unwrap_or(usize::MAX);
    if bytes > bytes_max {
        return Err(refused(DecodeError::TooLong { bytes, bytes_max }));
    }
    let mut buffer = Vec::with_capacity(bytes.min(64 * 1024));
    io.take(u64::from(length)).read_to_end(&mut buffer).await?;
    if buffer.len() < bytes {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    codec::decode(&buffer).map_err(refused)
}

/// The length and the bytes of a value of ours.
fn frame<W: Wire>(value: &W) -> io::Result<Vec<u8>> {
    let bytes = codec::encode(value);
    let too_long = DecodeError::TooLong { bytes: bytes.len(), bytes_max: W::BYTES_MAX };
    let length = u32::try_from(bytes.len()).map_err(|_| refused(too_long))?;
    if bytes.len() > W::BYTES_MAX {
        return Err(refused(too_long));
    }
    Ok([length.to_le_bytes().as_slice(), &bytes].concat())
}

async fn write<T: AsyncWrite + Unpin + Send>(io: &mut T, frame: Vec<u8>) -> io::Result<()> {
    io.write_all(&frame).await?;
    io.flush().await
}

fn refused(error: DecodeError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
