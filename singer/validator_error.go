package singer

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// explain turns the error of jsonschema into one about a field. Of several
// fields that are wrong it names the first by name, whatever order the maps
// of jsonschema came in; what is wrong with that field it tells in full.
func explain(err error) error {
	ve, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return &InputError{Err: err}
	}
	found := leaves(nil, ve)
	slices.SortFunc(found, func(a, b complaint) int {
		return cmp.Or(strings.Compare(a.field, b.field), strings.Compare(a.text, b.text))
	})
	found = slices.Compact(found)
	first := found[0]
	texts := []string{first.text}
	others := 0
	for _, c := range found[1:] {
		if c.field == first.field {
			texts = append(texts, c.text)
		} else {
			others++
		}
	}
	out := &InputError{Field: first.field, Err: errors.New(strings.Join(texts, ", or "))}
	if others > 0 {
		out.Err = fmt.Errorf("%w (and %d more)", out.Err, others)
	}
	return out
}

// complaint is one thing that is wrong.
type complaint struct{ field, text string }

func leaves(list []complaint, ve *jsonschema.ValidationError) []complaint {
	if len(ve.Causes) > 0 {
		for _, cause := range ve.Causes {
			list = leaves(list, cause)
		}
		return list
	}
	tokens := strings.Split(ve.InstanceLocation, "/")
	for i := range tokens {
		if plain, err := url.PathUnescape(tokens[i]); err == nil {
			tokens[i] = plain // jsonschema escapes twice: for the pointer and for a URL
		}
	}
	return append(list, complaint{strings.Join(tokens, "/"), steady(ve.Message)})
}

// steady sorts the names in messages that list the keys of a map.
func steady(message string) string {
	const lead, tail = "additionalProperties ", " not allowed"
	names, ok := strings.CutPrefix(message, lead)
	if !ok {
		return message
	}
	names, ok = strings.CutSuffix(names, tail)
	if !ok {
		return message
	}
	list := strings.Split(names, ", ")
	slices.Sort(list)
	return lead + strings.Join(list, ", ") + tail
}
