// Tables of numbers that came in one text.

/** The rows of a table, each an array; what is not known is not a number. */
export function unpack({ shape: [rows, columns], data }) {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const numbers = new Float32Array(bytes.buffer);
  return Array.from({ length: rows }, (_, r) =>
    Array.from(numbers.subarray(r * columns, (r + 1) * columns)),
  );
}
