package tap

import (
	"fmt"
	"strings"
)

// StreamsPage is docs/streams.md: every row of the table of streams as a
// section of Markdown, with a record of the stream as an example, JSON.
func StreamsPage(example func(stream string) string) string {
	var b strings.Builder
	b.WriteString(streamsPageHead)
	describeVersions(&b)
	for _, s := range described() {
		s.describe(&b)
		if record := example(s.name); record != "" {
			fmt.Fprintf(&b, "\n```json\n%s\n```\n", record)
		}
	}
	return b.String()
}

// described are all rows, the templates last.
func described() []*stream {
	var rows []*stream
	for i := range streams {
		rows = append(rows, &streams[i])
	}
	for i := range templates {
		rows = append(rows, &templates[i])
	}
	return rows
}

const streamsPageHead = `# Streams

Generated from the table of streams: UPDATE=1 go test ./target-azuresqldw

Each stream with the call that reads it. ` + "`rows`" + ` is the member of the answer that holds the rows; *parent* is the stream that is read with
it, also when only the child is selected. A full table is written whole by each run; where it is known to be whole, ACTIVATE_VERSION lets the target
drop the rows that were not in it. The others go by a bookmark named like their replication key. [How the tap behaves](tap.md) has the rules. The
examples are records of a made-up workspace, shortened: no nulls, long texts cut, one element of each list.

A search asks for what changed between two seconds, both included, oldest first:

` + "```" + `http
POST /conversations/search
Intercom-Version: 2.16

{"query": {"operator": "OR", "value": [
   {"operator": "AND", "value": [{"field": "updated_at", "operator": ">", "value": 1767225600}, {"field": "updated_at", "operator": "<", "value": 1767312000}]},
   {"field": "updated_at", "operator": "=", "value": 1767225600},
   {"field": "updated_at", "operator": "=", "value": 1767312000}]},
 "pagination": {"per_page": 150}, "sort": {"field": "updated_at", "order": "ascending"}}
` + "```" + `

The scope is what Intercom's reference names; where it names none, the permission of the app that sounds like the stream is needed.
`

// describeVersions writes which streams each version of the API has not.
func describeVersions(b *strings.Builder) {
	b.WriteString("\n`api_version` may be one of these. What a version lacks is left out, with a word in the log.\n\n| API | Lacks |\n|---|---|\n")
	for _, v := range versions {
		var lacks []string
		for i := range streams {
			if !streams[i].in(v) {
				lacks = append(lacks, streams[i].name)
			}
		}
		if len(lacks) == 0 {
			lacks = []string{"nothing"}
		}
		fmt.Fprintf(b, "| %s | %s |\n", v, strings.Join(lacks, ", "))
	}
}

// describe writes the section of one stream.
func (s *stream) describe(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n%s%s.\n\n", s.name, strings.ToUpper(s.doc[:1]), s.doc[1:])
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(b, "- %s: %s\n", name, text)
		}
	}
	line("Call", s.callText())
	line("Parent", s.parentText())
	line("Key", "`"+strings.Join(s.keys, "`, `")+"`")
	if s.bookmark == "" {
		line("Replication", "full table")
	} else {
		line("Replication", "by `"+s.bookmark+"`")
	}
	line("Cost", s.cost)
	line("Limits", s.limits)
	if s.since > oldest {
		line("API", "from "+s.since)
	}
	if scope := s.scope(); scope != "" {
		line("Scope", "`"+scope+"`")
	}
	if s.off {
		line("Read", "when selected: `\"select\": [\""+s.name+"\"]`")
	} else {
		line("Read", "by default")
	}
}

// callText says which call brings the rows.
func (s *stream) callText() string {
	call := ""
	if s.endpoint != "" {
		method := "GET "
		if s.dialect == search {
			method = "POST "
		}
		call = "`" + method + s.endpoint
		mark := "?"
		if s.dialect == together {
			return fmt.Sprintf("`POST %s` with up to %d `%ss` of parents, rows in `%s`", s.endpoint, s.perPage, s.by, s.items)
		}
		for _, parameter := range []string{s.params, s.pageParameter()} {
			if parameter != "" {
				call += mark + parameter
				mark = "&"
			}
		}
		call += "`"
	}
	switch {
	case s.beside != "":
		return "that of [" + s.beside + "](#" + s.beside + "), whose rows have these in `" + s.within + "`"
	case s.dialect == configured && s.items == "":
		return call + " for each id in the setting `" + s.setting + "`"
	case s.dialect == configured:
		return call + " for each id in the setting `" + s.setting + "`, rows in `" + s.items + "`"
	case s.dialect == reported:
		return "`GET /export/reporting_data/get_datasets`, `POST " + s.endpoint + "`, `GET /export/reporting_data/{job_identifier}` until it is done, `GET /download/reporting_data/{job_identifier}`"
	case s.dialect == exported && s.parent == "":
		return "`POST " + s.endpoint + "`, `GET " + s.endpoint + "/{job_identifier}` until it is done, `GET /download/content/data/{job_identifier}`"
	case s.dialect == exported:
		return "a file in the export of the parent"
	case s.dialect == deep:
		return call + " for each row of " + s.via
	case s.dialect == visited:
		return call + ", in each run and for every parent" + s.boundsText() + ", rows in `" + s.items + "`"
	case s.dialect == feed:
		return strings.TrimSuffix(call, "`") + "&starting_after=` with the cursor of the last run, rows in `" + s.items + "`"
	case s.dialect == embedded && call == "":
		flag := ""
		if s.flag != "" {
			flag = ", asked for by `" + s.flag + "=true`"
		}
		return "none: rows come with the parent, in `" + s.within + "`" + flag
	case s.dialect == embedded && s.when == hasMore:
		return "none: rows come with the parent, in `" + s.within + "`; where that list is cut off, " + call + ", rows in `" + s.items + "`"
	case s.dialect == embedded:
		return call + " for parents whose `" + s.within + "` is not empty, rows in `" + s.items + "`"
	case s.dialect == detail && s.only != "":
		return call + " for parents with `" + s.only + "`"
	case s.dialect == detail:
		return call + ", rows in `" + strings.TrimSuffix(s.within, "/") + "`"
	}
	return call + ", rows in `" + s.items + "`"
}

// pageParameter is the page size that lists ask for.
func (s *stream) pageParameter() string {
	if s.perPage == 0 {
		return ""
	}
	return fmt.Sprintf("per_page=%d", s.perPage)
}

// boundsText says by which parameters a visited stream is bounded in time.
func (s *stream) boundsText() string {
	if s.after == "" {
		return ""
	}
	return " between `" + s.after + "` and `" + s.until + "`"
}

func (s *stream) parentText() string {
	if s.parent == "" {
		return ""
	}
	text := "[" + s.parent + "](#" + s.parent + ")"
	if s.ofTime != "" {
		text += ", whose `updated_at` a row has as `" + s.ofTime + "`"
	}
	return text
}
