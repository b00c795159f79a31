// Tables of numbers that came in one text.

/** The rows of a table, each an array of its own kind; what is not known is not a number. */
export function unpack({ shape: [rows, columns], data }) {
  const letters = atob(data);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
  const numbers = new Float32Array(bytes.buffer);
  return Array.from({ length: rows }, (_, r) => numbers.subarray(r * columns, (r + 1) * columns));
}
