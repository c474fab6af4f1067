package program

import "strings"

// Nearest returns the name somebody who wrote got most likely meant, "" when
// none is near: for errors that carry the way out.
func Nearest(got string, names []string) string { return nearest(got, names) }

// nearest returns the name somebody who wrote got most likely meant, "" when
// none is near: at most a third of its letters differ.
func nearest(got string, names []string) string {
	best, bestDistance := "", len(got)/3+2
	for _, name := range names {
		d := distance(strings.ToLower(got), strings.ToLower(name))
		if d < bestDistance && d <= max(len(got), len(name))/3 {
			best, bestDistance = name, d
		}
	}
	return best
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour (optimal string alignment) between a and b.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
