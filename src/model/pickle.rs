//! Just enough of Python's pickle to read what `torch.save` writes for a dictionary of tensors. Nothing is executed: the
//! calls that build tensors and dictionaries are known by name, and every other call gives nothing.
//!
//! Files are hostile. A reused value is shared and never copied, so that a short file cannot expand to a large value; and the
//! nesting depth is limited.
//!
//! `candle_core::pickle` is not used because it copies reused values, and limits neither size nor depth. It also cannot read
//! files of torch before 1.6.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

/// The longest text, in bytes. Some texts are copied for every tensor that has them.
const MAX_TEXT: usize = 1 << 12;
/// The most dimensions of a tensor.
const MAX_DIMENSIONS: usize = 8;
/// The deepest nesting of tuples.
const MAX_DEPTH: usize = 16;
/// The most values on the stack; torch needs a few for each tensor.
const MAX_STACK: usize = 1 << 20;

/// Why a pickle cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PickleError {
    #[error("it ends too early")]
    End,
    #[error("the operation {0:#04x} is not supported")]
    Operation(u8),
    #[error("its operations are malformed")]
    Malformed,
}

/// The description of a tensor in a pickle.
#[derive(Debug)]
pub struct Tensor {
    /// Full name of the storage's class, such as "torch.FloatStorage".
    pub class: Rc<str>,
    /// Name of the storage.
    pub storage: Rc<str>,
    /// Start of the tensor in the storage, in elements.
    pub offset: usize,
    pub shape: Vec<usize>,
    pub stride: Vec<usize>,
}

impl Tensor {
    /// Whether its elements are contiguous, in row-major order.
    pub fn is_contiguous(&self) -> bool {
        let mut expected = 1usize;
        self.shape.len() == self.stride.len()
            && self.shape.iter().zip(&self.stride).rev().all(|(size, stride)| {
                let fits = *size == 1 || *stride == expected;
                expected = expected.saturating_mul(*size);
                fits
            })
    }
}

/// A tensor with its name.
type Named = (Rc<str>, Rc<Tensor>);

/// The relevant content of a pickle.
#[derive(Default)]
pub struct Content {
    /// The tensors with their names, if it is a dictionary.
    pub tensors: Vec<Named>,
    /// The texts, if it is a list.
    pub texts: Vec<Rc<str>>,
    /// Length of the pickle in bytes.
    pub length: usize,
}

#[derive(Clone)]
enum Value {
    Int(i64),
    Text(Rc<str>),
    /// A class or function, by its full name.
    Global(Rc<str>),
    Tuple(Rc<[Value]>, usize),
    Texts(Rc<RefCell<Vec<Rc<str>>>>),
    Tensors(Rc<RefCell<Vec<Named>>>),
    /// Class and name.
    Storage(Rc<str>, Rc<str>),
    Tensor(Rc<Tensor>),
    Other,
}

struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
}

/// Reads the pickle at the start of `bytes`.
pub fn read(bytes: &[u8]) -> Result<Content, PickleError> {
    let mut machine = Machine { rest: bytes, stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
    while machine.step()? {
        if machine.stack.len() + machine.marks.len() > MAX_STACK {
            return Err(PickleError::Malformed);
        }
    }
    let mut content = Content { length: bytes.len() - machine.rest.len(), ..Content::default() };
    match machine.pop()? {
        Value::Tensors(tensors) => content.tensors = tensors.take(),
        Value::Texts(texts) => content.texts = texts.take(),
        _ => {}
    }
    Ok(content)
}

impl<'a> Machine<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8], PickleError> {
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or(PickleError::End)?;
        self.rest = rest;
        Ok(bytes)
    }

    fn number<const BYTES: usize>(&mut self) -> Result<[u8; BYTES], PickleError> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(PickleError::End)?;
        self.rest = rest;
        Ok(*bytes)
    }

    fn line(&mut self) -> Result<&'a str, PickleError> {
        let mut text = self.rest.iter().take(MAX_TEXT);
        let length = text.position(|byte| *byte == b'\n').ok_or(PickleError::End)?;
        let line = &self.bytes(length + 1)?[..length];
        str::from_utf8(line).map_err(|_| PickleError::Malformed)
    }

    fn text(&mut self, length: usize) -> Result<(), PickleError> {
        if length > MAX_TEXT {
            return Err(PickleError::Malformed);
        }
        let text = str::from_utf8(self.bytes(length)?).map_err(|_| PickleError::Malformed)?;
        self.stack.push(Value::Text(text.into()));
        Ok(())
    }

    fn pop(&mut self) -> Result<Value, PickleError> {
        // Values below the last mark must stay until the mark is popped.
        let floor = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= floor {
            return Err(PickleError::Malformed);
        }
        self.stack.pop().ok_or(PickleError::Malformed)
    }

    fn pop_mark(&mut self) -> Result<Vec<Value>, PickleError> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len()).ok_or(PickleError::Malformed)?;
        Ok(self.stack.split_off(mark))
    }

    fn push_tuple(&mut self, values: Vec<Value>) -> Result<(), PickleError> {
        let depth = |value: &Value| if let Value::Tuple(_, depth) = value { *depth } else { 0 };
        let depth = values.iter().map(depth).max().unwrap_or(0) + 1;
        if depth > MAX_DEPTH {
            return Err(PickleError::Malformed);
        }
        self.stack.push(Value::Tuple(values.into(), depth));
        Ok(())
    }

    fn tuple_of(&mut self, count: usize) -> Result<(), PickleError> {
        let mut values = (0..count).map(|_| self.pop()).collect::<Result<Vec<_>, _>>()?;
        values.reverse();
        self.push_tuple(values)
    }

    fn remember(&mut self, id: u32) -> Result<(), PickleError> {
        let value = self.stack.last().ok_or(PickleError::Malformed)?.clone();
        self.memo.insert(id, value);
        Ok(())
    }

    fn recall(&mut self, id: u32) -> Result<(), PickleError> {
        self.stack.push(self.memo.get(&id).ok_or(PickleError::Malformed)?.clone());
        Ok(())
    }

    /// Adds to the dictionary on top of the stack.
    fn set(&mut self, items: &[Value]) -> Result<(), PickleError> {
        if let Value::Tensors(tensors) = self.stack.last().ok_or(PickleError::Malformed)? {
            for item in items.as_chunks::<2>().0 {
                if let [Value::Text(name), Value::Tensor(tensor)] = item {
                    tensors.borrow_mut().push((Rc::clone(name), Rc::clone(tensor)));
                }
            }
        }
        Ok(())
    }

    /// Adds to the list on top of the stack.
    fn append(&mut self, items: &[Value]) -> Result<(), PickleError> {
        if let Value::Texts(texts) = self.stack.last().ok_or(PickleError::Malformed)? {
            for item in items {
                if let Value::Text(text) = item {
                    texts.borrow_mut().push(Rc::clone(text));
                }
            }
        }
        Ok(())
    }

    /// Runs an operation; false at the end of the pickle.
    fn step(&mut self) -> Result<bool, PickleError> {
        let [operation] = self.number()?;
        match operation {
            0x80 => drop(self.bytes(1)?),
            b'.' => return Ok(false),
            b'(' => self.marks.push(self.stack.len()),
            b'}' => self.stack.push(Value::Tensors(Rc::default())),
            b']' => self.stack.push(Value::Texts(Rc::default())),
            b'N' | 0x88 | 0x89 => self.stack.push(Value::Other),
            b'G' => {
                self.bytes(8)?;
                self.stack.push(Value::Other);
            }
            b'K' => {
                let number = u8::from_le_bytes(self.number()?);
                self.stack.push(Value::Int(number.into()));
            }
            b'M' => {
                let number = u16::from_le_bytes(self.number()?);
                self.stack.push(Value::Int(number.into()));
            }
            b'J' => {
                let number = i32::from_le_bytes(self.number()?);
                self.stack.push(Value::Int(number.into()));
            }
            0x8a => {
                let [length] = self.number()?;
                let bytes = self.bytes(length.into())?;
                let mut number = [0; 8];
                // Sizes are never longer or negative.
                let fits = bytes.len() <= 8 && bytes.last().is_none_or(|byte| *byte < 0x80);
                if fits {
                    number[..bytes.len()].copy_from_slice(bytes);
                }
                self.stack.push(if fits { Value::Int(i64::from_le_bytes(number)) } else { Value::Other });
            }
            b'X' => {
                let length = u32::from_le_bytes(self.number()?);
                self.text(length as usize)?;
            }
            b'U' => {
                let [length] = self.number()?;
                self.text(length.into())?;
            }
            b'c' => {
                let name = format!("{}.{}", self.line()?, self.line()?);
                self.stack.push(Value::Global(name.into()));
            }
            b'q' => {
                let [id] = self.number()?;
                self.remember(id.into())?;
            }
            b'r' => {
                let id = u32::from_le_bytes(self.number()?);
                self.remember(id)?;
            }
            b'h' => {
                let [id] = self.number()?;
                self.recall(id.into())?;
            }
            b'j' => {
                let id = u32::from_le_bytes(self.number()?);
                self.recall(id)?;
            }
            b')' => self.tuple_of(0)?,
            0x85..=0x87 => self.tuple_of(usize::from(operation - 0x84))?,
            b't' => {
                let values = self.pop_mark()?;
                self.push_tuple(values)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set(&[key, value])?;
            }
            b'u' => {
                let items = self.pop_mark()?;
                self.set(&items)?;
            }
            b'a' => {
                let item = self.pop()?;
                self.append(&[item])?;
            }
            b'e' => {
                let items = self.pop_mark()?;
                self.append(&items)?;
            }
            // Drop the state of an object, such as the version of a dictionary.
            b'b' => drop(self.pop()?),
            b'Q' => {
                let id = self.pop()?;
                self.stack.push(storage(&id));
            }
            b'R' | 0x81 => {
                let (arguments, callable) = (self.pop()?, self.pop()?);
                self.stack.push(call(&callable, &arguments));
            }
            other => return Err(PickleError::Operation(other)),
        }
        Ok(true)
    }
}

/// `("storage", class, name, place, size, …)`
fn storage(id: &Value) -> Value {
    let Value::Tuple(id, _) = id else { return Value::Other };
    match &**id {
        [Value::Text(kind), Value::Global(class), Value::Text(name), ..] if **kind == *"storage" => {
            Value::Storage(Rc::clone(class), Rc::clone(name))
        }
        _ => Value::Other,
    }
}

fn call(callable: &Value, arguments: &Value) -> Value {
    let (Value::Global(name), Value::Tuple(arguments, _)) = (callable, arguments) else {
        return Value::Other;
    };
    match (&**name, &**arguments) {
        ("collections.OrderedDict", []) => Value::Tensors(Rc::default()),
        ("torch._utils._rebuild_parameter", [tensor @ Value::Tensor(_), ..]) => tensor.clone(),
        (
            "torch._utils._rebuild_tensor_v2",
            [
                Value::Storage(class, storage),
                Value::Int(offset),
                Value::Tuple(shape, _),
                Value::Tuple(stride, _),
                ..,
            ],
        ) => {
            let size = |value: &Value| match value {
                Value::Int(size) => usize::try_from(*size).ok(),
                _ => None,
            };
            let sizes = |values: &[Value]| values.iter().map(size).collect::<Option<Vec<_>>>();
            // Limited because these are copied for every tensor, even if they share a tuple.
            if shape.len() > MAX_DIMENSIONS || stride.len() > MAX_DIMENSIONS {
                return Value::Other;
            }
            match (usize::try_from(*offset), sizes(shape), sizes(stride)) {
                (Ok(offset), Some(shape), Some(stride)) => Value::Tensor(Rc::new(Tensor {
                    class: Rc::clone(class),
                    storage: Rc::clone(storage),
                    offset,
                    shape,
                    stride,
                })),
                _ => Value::Other,
            }
        }
        _ => Value::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_file_stays_small_and_shallow() {
        // Each pair holds the pair before it twice: 2^200 values if they were copied.
        let doubled = [&b"K\x01"[..], &b"q\x00h\x00\x86".repeat(200), b"."].concat();
        assert!(matches!(read(&doubled), Err(PickleError::Malformed)));
        let deep = [&b")"[..], &b"\x85".repeat(100_000), b"."].concat();
        assert!(matches!(read(&deep), Err(PickleError::Malformed)));
    }

    #[test]
    fn malformed_operations_are_errors() {
        for bytes in
            [&b""[..], b".", b"0", b"(t(tt.", b"h\x00.", b"X\xff\xff\xff\xff", b"s.", b"(s.", b"K\x01(a."]
        {
            assert!(read(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn calls_are_not_executed() {
        let content = read(b"cos\nsystem\nX\x02\x00\x00\x00ls\x85R.").unwrap();
        assert!(content.tensors.is_empty() && content.texts.is_empty());
    }

    #[test]
    fn strides_show_whether_elements_are_contiguous() {
        let tensor = |shape: &[usize], stride: &[usize]| Tensor {
            class: "torch.FloatStorage".into(),
            storage: "0".into(),
            offset: 0,
            shape: shape.to_vec(),
            stride: stride.to_vec(),
        };
        assert!(tensor(&[2, 3], &[3, 1]).is_contiguous() && tensor(&[1, 3], &[7, 1]).is_contiguous());
        assert!(!tensor(&[2, 3], &[1, 2]).is_contiguous() && !tensor(&[2], &[]).is_contiguous());
    }
}
