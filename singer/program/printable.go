package program

import (
	"io"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Printable is text as it may stand in a line on a terminal. Names, values and error
// texts come from outside: an escape sequence in them would move the cursor or set the
// title, a line feed would look like a line of the log, a mark of direction would
// show other text than is there. What does not print is written as JSON
// writes it, \n or \u001b, so that a JSON text stays one of the same meaning.
func Printable(text string) string {
	if isPrintable(text) {
		return text
	}
	return string(appendPrintable(make([]byte, 0, len(text)+16), text, `\x`))
}

// printableJSON is Printable for a line of JSON. Bytes that are no UTF-8 become
// U+FFFD: JSON has no way to write them.
func printableJSON(line []byte) []byte {
	if isPrintable(string(line)) {
		return line
	}
	return appendPrintable(make([]byte, 0, len(line)+16), string(line), "")
}

// isPrintable reports whether text needs no escape.
func isPrintable(text string) bool {
	for _, r := range text {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return utf8.ValidString(text)
}

// appendPrintable appends text with escapes. A byte that is no UTF-8 may be a
// control to a terminal that is not of UTF-8: it follows bytePrefix in
// hexadecimal, or becomes U+FFFD when there is none.
func appendPrintable(b []byte, text, bytePrefix string) []byte {
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1 && bytePrefix == "":
			b = utf8.AppendRune(b, r)
		case r == utf8.RuneError && size == 1:
			b = appendHex(append(b, bytePrefix...), uint16(text[0]), 2)
		case unicode.IsPrint(r):
			b = append(b, text[:size]...)
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			b = appendHex(append(b, `\u`...), uint16(high), 4)
			b = appendHex(append(b, `\u`...), uint16(low), 4)
		default:
			b = appendHex(append(b, `\u`...), uint16(r), 4)
		}
		text = text[size:]
	}
	return b
}

func appendHex(b []byte, n uint16, digits int) []byte {
	text := strconv.FormatUint(uint64(n), 16)
	for range digits - len(text) {
		b = append(b, '0')
	}
	return append(b, text...)
}

// PrintableLines returns a writer that passes on to w what it is given, made
// printable line by line: for what others write to a terminal in our name, as package
// flag does.
func PrintableLines(w io.Writer) io.Writer { return printableLines{w} }

type printableLines struct{ w io.Writer }

// Write writes b, each of its lines made printable; tabs stay.
func (p printableLines) Write(b []byte) (int, error) {
	var out []byte
	text := string(b)
	for len(text) > 0 {
		end := 0
		for end < len(text) && text[end] != '\n' && text[end] != '\t' {
			end++
		}
		out = appendPrintable(out, text[:end], `\x`)
		if end < len(text) {
			out = append(out, text[end])
			end++
		}
		text = text[end:]
	}
	if _, err := p.w.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}
