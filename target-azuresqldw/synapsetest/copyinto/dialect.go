package copyinto

import (
	"bufio"
	"encoding/hex"
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/encoding/unicode"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

// dialect is how files are written.
type dialect struct {
	compression string // GZIP, NONE, or "" for what the name says
	quote       []byte // one byte or none
	field, row  []byte
	dateOrder   sqltype.DateOrder
	utf16       bool
}

// dialect reads the options of CSV.
func (s *Statement) dialect() (dialect, error) {
	d := dialect{compression: strings.ToUpper(s.Compression), field: []byte(","), row: []byte("\r\n")}
	if err := s.check(); err != nil {
		return d, err
	}
	switch d.compression { // "Gzip" is the one that the page grants CSV
	case "", "GZIP", "NONE":
	default:
		return d, badOption("COMPRESSION", s.Compression)
	}
	var ok bool
	if d.quote, ok = unhex(s.FieldQuote); !ok || len(d.quote) > 1 || len(d.quote) == 1 && d.quote[0] >= utf8.RuneSelf {
		return d, badOption("FIELDQUOTE", s.FieldQuote) // "Extended ASCII or multi-byte characters … not supported with UTF-8"
	}
	if s.FieldTerminator != "" {
		if d.field, ok = unhex(strings.ReplaceAll(s.FieldTerminator, `\t`, "\t")); !ok {
			return d, badOption("FIELDTERMINATOR", s.FieldTerminator)
		}
	}
	if s.RowTerminator != "" {
		// "The COPY command prefixes the \r character when specifying \n (newline) resulting in \r\n"
		if d.row, ok = unhex(strings.ReplaceAll(strings.ReplaceAll(s.RowTerminator, `\r`, "\r"), `\n`, "\r\n")); !ok {
			return d, badOption("ROWTERMINATOR", s.RowTerminator)
		}
	}
	if s.DateFormat != "" {
		if d.dateOrder, ok = sqltype.ParseDateOrder(s.DateFormat); !ok {
			return d, badOption("DATEFORMAT", s.DateFormat)
		}
	}
	switch strings.ToUpper(s.Encoding) {
	case "", "UTF8":
	case "UTF16":
		d.utf16 = true
	default:
		return d, badOption("ENCODING", s.Encoding)
	}
	return d, nil
}

func badOption(name, value string) error {
	return sqltype.Errorf(errOption, "Parse error: '%s' is not a valid value of %s.", value, name)
}

var hexNotation = regexp.MustCompile(`^0[xX]([0-9a-fA-F]{2})+$`)

// unhex reads hexadecimal notation, which quote and terminators may have.
func unhex(s string) ([]byte, bool) {
	if !strings.HasPrefix(s, "0x") && !strings.HasPrefix(s, "0X") {
		return []byte(s), true
	}
	if !hexNotation.MatchString(s) {
		return nil, false
	}
	b, err := hex.DecodeString(s[2:])
	return b, err == nil
}

var errTrailing = errors.New("bytes behind the end of gzip")

// text gives a file's content in UTF-8. "If COMPRESSION is not specified, the type is taken from the extension": .gz; the
// other extensions are those of compressions that CSV does not have.
func (d dialect) text(body io.Reader, name string) (io.Reader, error) {
	compression := d.compression
	if compression == "" {
		compression = "NONE"
		lower := strings.ToLower(name)
		switch {
		case strings.HasSuffix(lower, ".gz"):
			compression = "GZIP"
		case strings.HasSuffix(lower, ".snappy"), strings.HasSuffix(lower, ".deflate"):
			return nil, badOption("COMPRESSION", name)
		}
	}
	if compression == "GZIP" {
		buffered := bufio.NewReaderSize(body, 1<<16)
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, err
		}
		// "Gzip requires that the input files don't contain any trailing garbage." Whether a second member is garbage the
		// page does not say: it is refused too.
		z.Multistream(false)
		body = &oneMember{z: z, rest: buffered}
	}
	if d.utf16 {
		body = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(body)
	}
	return body, nil
}

// oneMember reads one gzip member and wants nothing behind it.
type oneMember struct {
	z    *gzip.Reader
	rest *bufio.Reader
}

// Read implements io.Reader.
func (o *oneMember) Read(b []byte) (int, error) {
	n, err := o.z.Read(b)
	if errors.Is(err, io.EOF) {
		if _, peek := o.rest.Peek(1); !errors.Is(peek, io.EOF) {
			return n, errTrailing
		}
	}
	return n, err
}

// isText: "ensure that only valid code points are used … data corruption or other failures"
// (the page, on ENCODING); U+0000 is refused with the rest, since nothing promises that it survives.
func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }
