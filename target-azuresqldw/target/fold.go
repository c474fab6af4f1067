package target

import (
	"intercomdw/singer"
)

// foldedMapping is the kind under which the ledger keeps that an object is kept as JSON text because its table had no room for its members.
const foldedMapping = "folded"

// columnsOfSource is how many columns of a table properties may have when its stream is new: some are the target's, and some come later.
const columnsOfSource = maxColumns - 24

// A wideObject is an object of a schema with the columns that its members would be.
type wideObject struct {
	path   string
	parent *wideObject // around it in the same row; nil for the row itself
	own    int         // columns for members that are no objects
	folded bool
}

// foldWide finds the objects of a new stream that are to be kept as JSON text, so that the columns of each table find room: the widest first, and
// one around it when all within it are folded.
func foldWide(schema *singer.Schema) (paths []string) {
	rows := [][]*wideObject{{}}
	outline(schema, "", 0, nil, &rows, 0)
	for _, objects := range rows {
		for {
			total := 0
			var widest *wideObject
			for _, o := range objects {
				if o.isWithinFolded() {
					continue
				}
				total += o.own
				if o.parent != nil && (widest == nil || o.own > widest.own) {
					widest = o
				}
			}
			if total <= columnsOfSource || widest == nil {
				break
			}
			widest.folded = true
			widest.parent.own++
			paths = append(paths, widest.path)
		}
	}
	return paths
}

func (o *wideObject) isWithinFolded() bool {
	for ; o != nil; o = o.parent {
		if o.folded {
			return true
		}
	}
	return false
}

// outline notes the objects of the table at index at, and those of the tables below it.
func outline(schema *singer.Schema, path string, depth int, parent *wideObject, rows *[][]*wideObject, at int) {
	o := &wideObject{path: path, parent: parent}
	(*rows)[at] = append((*rows)[at], o)
	for _, p := range schema.Properties {
		path := path + "/" + escapeStep(p.Name)
		for i, typ := range p.Schema.Types {
			switch {
			case depth+1 >= maxDepth || p.Schema.Folded, typ != "object" && typ != "array":
				if i == 0 {
					o.own++
				}
			case typ == "object":
				outline(p.Schema, path, depth+1, o, rows, at)
			case p.Schema.Items != nil && len(p.Schema.Items.Types) > 0 && p.Schema.Items.Types[0] == "object":
				*rows = append(*rows, nil)
				outline(p.Schema.Items, path+itemStep, depth+2, nil, rows, len(*rows)-1)
			}
		}
	}
}
