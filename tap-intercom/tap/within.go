package tap

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// ordinalKey is the member of a key that the tap counts itself: the place of a
// row, from 0, among the rows of its parent that are the same in the rest of the
// key. Rows that have no id, or none that is documented to be unique, are told
// apart by it.
const ordinalKey = "ordinal"

// childRow is a row of a child with the members that do not stand in it.
type childRow struct {
	raw  jsontext.Value
	lead []member
}

// feeds returns the outputs that the rows of child feed: its own, and those of
// the streams within its rows.
func (g *group) feeds(child *stream) []*output {
	var outs []*output
	for _, o := range g.outs {
		if o.stream == child || (o.beside != "" && o.beside == child.name) {
			outs = append(outs, o)
		}
	}
	return outs
}

// wantsAny reports whether one of outs is to have the rows of it.
func (g *group) wantsAny(outs []*output, it item, upper int64) bool {
	return slices.ContainsFunc(outs, func(o *output) bool { return g.wants(o, it, upper) })
}

// childRows are the rows of o that an item yields: those that a call found, or
// those that stand in the item, or in the rows of another child.
func (g *group) childRows(o *output, it item, found details) ([]childRow, error) {
	lead := []member{{o.ofID, it.idRaw}, {o.ofTime, it.timeRaw}}
	var rows []childRow
	switch got, fetched := found[o.source()]; {
	case o.beside != "":
		for _, outer := range got {
			l, err := within(outer, o.within)
			if err != nil {
				return nil, err
			}
			g.oddList(o, l)
			id, err := pick(outer, o.rowID)
			if err != nil {
				return nil, err
			}
			named := append(slices.Clone(lead), member{o.rowAs, id[0]})
			for _, raw := range l.rows {
				rows = append(rows, childRow{raw, named})
			}
		}
	case fetched:
		for _, raw := range got {
			rows = append(rows, childRow{raw, lead})
		}
	case o.dialect == embedded && o.when != notNone:
		l, err := within(it.raw, o.within)
		if err != nil {
			return nil, err
		}
		g.short.check(o.name, it.id, l)
		g.oddList(o, l)
		for _, raw := range l.rows {
			rows = append(rows, childRow{raw, lead})
		}
	}
	if err := o.lift(rows); err != nil {
		return nil, err
	}
	return rows, o.number(rows)
}

// oddList notes that something stood where the rows of o should be that is no
// list. The record of the parent, or of the sibling, has it in _extra, if it is
// sent; otherwise it is lost.
func (g *group) oddList(o *output, l sublist) {
	if !l.odd {
		return
	}
	holder := g.head
	if o.beside != "" {
		holder = g.output(o.source())
	}
	keptIn := ""
	if holder == nil || !holder.transform.keeps {
		o.transform.lose(o.within)
	} else {
		keptIn = holder.name
	}
	o.transform.isOdd(o.within, keptIn)
}

// source is the child whose calls bring the rows of s.
func (s *stream) source() *stream {
	if s.beside != "" {
		return streamNamed(s.beside)
	}
	return s
}

// lift puts a member from deeper in the row beside the others. What is missing
// there is an empty text: a key has no null.
func (s *stream) lift(rows []childRow) error {
	if s.lifted == "" {
		return nil
	}
	outer, inner, _ := strings.Cut(s.lifted, ".")
	for i := range rows {
		found, err := pick(rows[i].raw, outer)
		if err == nil {
			found, err = pick(found[0], inner)
		}
		if err != nil {
			return err
		}
		v := found[0]
		if len(v) == 0 || v.Kind() == 'n' {
			v = jsontext.Value(`""`)
		}
		rows[i].lead = append(slices.Clone(rows[i].lead), member{s.liftAs, v})
	}
	return nil
}

// number counts rows that are the same in the rest of their key.
func (s *stream) number(rows []childRow) error {
	if !slices.Contains(s.keys, ordinalKey) {
		return nil
	}
	seen := map[string]int{}
	for i := range rows {
		found, err := pick(rows[i].raw, s.keys...)
		if err != nil {
			return err
		}
		var rest strings.Builder
		for k, v := range found {
			for _, m := range rows[i].lead {
				if m.name == s.keys[k] {
					v = m.value
				}
			}
			rest.Write(v)
			rest.WriteByte('\n')
		}
		n := seen[rest.String()]
		seen[rest.String()]++
		rows[i].lead = append(slices.Clone(rows[i].lead), member{ordinalKey, jsontext.Value(strconv.Itoa(n))})
	}
	return nil
}
