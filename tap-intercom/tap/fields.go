package tap

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"intercomdw/singer"
	"intercomdw/singer/program"
)

// chooseFields selects fields by those patterns of the select setting that name
// some: "contacts.tags" sends the list of tags with the contact, too,
// "!*.custom_attributes" leaves attributes out. It returns the other patterns,
// which name streams.
func chooseFields(c *singer.Catalog, patterns []string) (ofStreams []string, err error) {
	for _, pattern := range patterns {
		glob, taken := strings.CutPrefix(pattern, "!")
		of, field, ofField := strings.Cut(glob, ".")
		if !ofField {
			ofStreams = append(ofStreams, pattern)
			continue
		}
		matched, near := slices.ContainsFunc(templates, func(t stream) bool { return mayName(of, t.name) }), ""
		for _, e := range c.Streams {
			ok, err := path.Match(of, e.TapStreamID)
			if err != nil {
				return nil, fmt.Errorf("select: bad pattern %q", pattern)
			}
			if !ok {
				continue
			}
			names, err := propertyNames(e.Schema)
			if err != nil {
				return nil, err
			}
			for _, name := range names {
				if ok, err = path.Match(field, name); err != nil {
					return nil, fmt.Errorf("select: bad pattern %q", pattern)
				}
				if !ok {
					continue
				}
				matched = true
				p := e.At("properties", name)
				p.Selected = singer.NewBool(!taken)
				if field == extraField { // not a pattern that happens to fit
					p.Inclusion = singer.Available
				}
			}
			near = program.Nearest(field, names)
		}
		if !matched && near != "" {
			return nil, fmt.Errorf("select: unknown field %q (did you mean %q?)", glob, of+"."+near)
		}
		if !matched {
			return nil, fmt.Errorf("select: unknown field %q (--discover lists the fields)", glob)
		}
	}
	return ofStreams, nil
}

// namesField reports whether a pattern of the select setting names fields, not
// streams.
func namesField(pattern string) bool { return strings.Contains(pattern, ".") }
