//! Marian's binary model files, taken apart and put together again: what is wrong with one is made here.

/// The elements of a tensor.
pub const F32: u64 = 0x404;
pub const INT8: u64 = 0x101;
pub const INTGEMM8: u64 = 0x4101;

#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub name: String,
    pub element: u64,
    pub shape: Vec<i32>,
    pub data: Vec<u8>,
}

/// The tensors of a good file.
pub fn read(file: &[u8]) -> Vec<Tensor> {
    let mut rest = file;
    let mut take = |count: usize| {
        let (taken, behind) = rest.split_at(count);
        rest = behind;
        taken.to_vec()
    };
    let number = |bytes: Vec<u8>| u64::from_le_bytes(bytes.try_into().expect("it is a number")) as usize;
    assert_eq!(number(take(8)), 1, "the version");
    let count = number(take(8));
    let headers: Vec<[usize; 4]> = (0..count).map(|_| [(); 4].map(|()| number(take(8)))).collect();
    let names: Vec<Vec<u8>> = headers.iter().map(|header| take(header[0])).collect();
    let size = |bytes: &[u8]| i32::from_le_bytes(bytes.try_into().expect("it is a size"));
    let shapes: Vec<Vec<i32>> =
        headers.iter().map(|header| take(4 * header[2]).chunks(4).map(size).collect()).collect();
    let padding = number(take(8));
    take(padding);
    let all = headers.into_iter().zip(names).zip(shapes);
    all.map(|(([_, element, _, bytes], name), shape)| Tensor {
        name: String::from_utf8(name).expect("it is text").trim_end_matches('\0').to_owned(),
        element: element as u64,
        shape,
        data: take(bytes),
    })
    .collect()
}

/// A file of these tensors.
pub fn write(tensors: &[Tensor]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut put = |numbers: &[u64]| numbers.iter().for_each(|number| file.extend(number.to_le_bytes()));
    put(&[1, tensors.len() as u64]);
    for Tensor { name, element, shape, data } in tensors {
        put(&[name.len() as u64 + 1, *element, shape.len() as u64, data.len() as u64]);
    }
    tensors.iter().for_each(|tensor| file.extend([tensor.name.as_bytes(), b"\0"].concat()));
    tensors.iter().flat_map(|tensor| &tensor.shape).for_each(|size| file.extend(size.to_le_bytes()));
    file.extend(0u64.to_le_bytes());
    tensors.iter().for_each(|tensor| file.extend(&tensor.data));
    file
}

/// The same tensors as an archive of NumPy's.
pub fn npz(tensors: &[Tensor]) -> Vec<u8> {
    use std::io::Write;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for Tensor { name, element, shape, data } in tensors {
        let kind = if *element == F32 { "<f4" } else { "|i1" };
        let sizes: String = shape.iter().map(|size| format!("{size}, ")).collect();
        let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({sizes}), }}");
        header.push('\n');
        let count: usize = shape.iter().map(|size| *size as usize).product();
        let bytes = if *element == F32 { 4 * count } else { count };
        archive
            .start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default())
            .expect("it begins");
        archive.write_all(b"\x93NUMPY\x01\x00").expect("it is written");
        archive.write_all(&(header.len() as u16).to_le_bytes()).expect("it is written");
        archive.write_all(header.as_bytes()).expect("it is written");
        archive.write_all(&data[..bytes]).expect("it is written");
    }
    archive.finish().expect("it is written").into_inner()
}
