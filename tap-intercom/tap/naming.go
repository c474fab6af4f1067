package tap

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/unicode/norm"

	"intercomdw/singer"
)

// What customers define is called whatever they typed: "Plan Tier", "mrr.usd",
// "🎂 birthday". In records it has a name that every warehouse can take:
// letters, digits and underscores of any script, maxName at most. Of attributes
// whose names would be the same but for the case of letters, the oldest has the
// name, the others have a hash of their own name behind it: an attribute that
// is made later takes no other's name away. The catalog's metadata has the
// original (originalName).

// originalName is the metadata that holds what the workspace calls an
// attribute, where a record calls it otherwise.
const originalName = "original-name"

// maxName is the length of a name in characters: with the name of the member
// before it there is room for it wherever 128 characters are allowed.
const maxName = 64

// safeName is what name becomes in records when nothing else is called so.
func safeName(name string) string {
	var b strings.Builder
	n, apart := 0, false
	for _, c := range norm.NFKC.String(name) {
		if c != '_' && !unicode.In(c, unicode.Letter, unicode.Mark, unicode.Nd) {
			apart = true
			continue
		}
		if (apart && n > 0) || (n == 0 && !unicode.IsLetter(c) && c != '_') {
			b.WriteByte('_')
			n++
		}
		apart = false
		b.WriteRune(c)
		n++
	}
	switch {
	case n == 0:
		return "attribute"
	case n > maxName:
		return hashedName(name, b.String(), 8)
	}
	return b.String()
}

// hashedName is safe, what name became, with so many hexadecimal digits behind
// it that are name's own.
func hashedName(name, safe string, digits int) string {
	sum := sha256.Sum256([]byte(name))
	cut := []rune(safe)
	cut = cut[:min(len(cut), maxName-digits-1)]
	return strings.TrimRight(string(cut), "_") + "_" + hex.EncodeToString(sum[:])[:digits]
}

// naming is what the attributes of one object are called in records.
type naming struct {
	names map[string]string         // by attribute
	taken map[string]bool           // names, folded
	known map[string]jsontext.Value // names of attributes that nothing declares, with quotes
}

// namingOf is the naming that a catalog has for the members of a field: its
// properties, with what their metadata says they are called in the workspace.
func namingOf(e *singer.CatalogEntry, field string, properties []member) *naming {
	n := &naming{map[string]string{}, map[string]bool{}, map[string]jsontext.Value{}}
	for _, p := range properties {
		attribute := p.name
		if m := e.Find("properties", field, "properties", p.name); m != nil {
			var said struct {
				Original *string `json:"original-name"`
			}
			if json.Unmarshal(m.Others, &said) == nil && said.Original != nil {
				attribute = *said.Original // blanks around it and all
			}
		}
		n.give(attribute, p.name)
	}
	return n
}

// give makes name the name of attribute.
func (n *naming) give(attribute, name string) string {
	n.names[attribute] = name
	n.taken[folded(name)] = true
	return name
}

// claim returns the name of attribute, and gives it one when it has none.
func (n *naming) claim(attribute string) string {
	if name, has := n.names[attribute]; has {
		return name
	}
	if name := safeName(attribute); n.free(name) {
		return n.give(attribute, name)
	}
	return n.give(attribute, n.hashed(attribute))
}

// call returns the name of an attribute that nothing declares, with quotes. It is
// its own where that will do; otherwise it is always hashed, whatever else there
// is.
func (n *naming) call(attribute []byte) jsontext.Value {
	if name, known := n.known[string(attribute)]; known {
		return name
	}
	own := string(attribute)
	name := safeName(own)
	if name != own || !n.free(name) {
		name = n.hashed(own)
	}
	quoted := jsontext.Value(appendName(nil, name))
	if len(n.known) < maxKnown {
		n.known[own] = quoted
	}
	return quoted
}

// maxKnown bounds how many names are kept: a workspace has some hundred.
const maxKnown = 10_000

func (n *naming) free(name string) bool { return !n.taken[folded(name)] }

// folded is the same for names that differ in the case of letters only.
func folded(name string) string { return strings.ToLower(strings.ToUpper(name)) }

// attributes are the attributes by their names.
func (n *naming) attributes() map[string]string {
	attributes := make(map[string]string, len(n.names))
	for attribute, name := range n.names {
		attributes[name] = attribute
	}
	return attributes
}

// hashed returns a name with as much of attribute's hash as tells it apart.
func (n *naming) hashed(attribute string) string {
	safe, digits := safeName(attribute), 8
	for !n.free(hashedName(attribute, safe, digits)) && digits < maxName/2 {
		digits += 8
	}
	return hashedName(attribute, safe, digits)
}
