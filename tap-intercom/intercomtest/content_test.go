package intercomtest_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"intercomdw/tap-intercom/intercomtest"
)

func TestArticlesComeNewestFirst(t *testing.T) {
	t.Parallel()
	clock := intercomtest.NewClock(intercomtest.Epoch.Add(hour))
	s := intercomtest.New(t, intercomtest.Options{Contacts: 3, Companies: 3, Conversations: 3, Tickets: 3, Clock: clock})
	changed := mustIDs(t, s, "articles")[30]
	if err := s.Update("articles", changed, intercomtest.Object{"title": "new"}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/articles", "/help_center/collections", "/help_center/help_centers/79/redirects"} {
		var times []float64
		rows := readAll(t, s, "", path, "data")
		for _, row := range rows {
			times = append(times, -row["updated_at"].(float64))
		}
		if !slices.IsSorted(times) {
			t.Errorf("GET %s is not newest first", path)
		}
		if path == "/articles" && rows[0]["id"] != changed {
			t.Errorf("the first article is %v, want the one just updated", rows[0]["id"])
		}
	}
}

func TestArticleHasStatisticsVersionsAndDraft(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	var statistics, versions, drafts []map[string]any
	for _, row := range readAll(t, s, "", "/articles", "data") {
		path := "/articles/" + row["id"].(string)
		if _, listed := row["statistics"]; listed {
			t.Fatalf("article %v is listed with statistics", row["id"])
		}
		_, article, _ := call(t, s, "GET", path, "")
		numbers := article["statistics"].(map[string]any)
		numbers["article_id"] = row["id"]
		statistics = append(statistics, numbers)
		for _, v := range readAll(t, s, "", path+"/versions", "data") {
			if _, whole := v["body"]; whole {
				t.Fatalf("version %v is listed with its body", v["id"])
			}
			_, version, _ := call(t, s, "GET", path+"/versions/"+v["id"].(string), "")
			versions = append(versions, version)
		}
		status, draft, _ := call(t, s, "GET", path+"/draft", "")
		if want := map[any]int{true: http.StatusOK, false: http.StatusNotFound}[row["has_unpublished_changes"]]; status != want {
			t.Errorf("draft of article %v = %d, want %d", row["id"], status, want)
		}
		if status == http.StatusOK {
			draft["article_id"] = row["id"]
			drafts = append(drafts, draft)
		}
	}
	held := s.Contents()
	wantStream(t, held, "article_statistics", statistics, "article_id", "views")
	wantStream(t, held, "article_versions", versions, "article_id", "id", "body")
	wantStream(t, held, "article_drafts", drafts, "article_id", "title")
}

func TestStatisticsChangeWithoutTheArticle(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	id := mustIDs(t, s, "articles")[0]
	_, before, _ := call(t, s, "GET", "/articles/"+id, "")
	patch := intercomtest.Object{"updated_at": before["updated_at"], "statistics": intercomtest.Object{"views": 4711}}
	if err := s.Update("articles", id, patch); err != nil {
		t.Fatal(err)
	}
	_, after, _ := call(t, s, "GET", "/articles/"+id, "")
	if views := after["statistics"].(map[string]any)["views"]; views != 4711.0 || after["updated_at"] != before["updated_at"] {
		t.Errorf("views %v at %v, want 4711 at %v as before", views, after["updated_at"], before["updated_at"])
	}
}

func TestOlderArticlesHaveOneParent(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	for _, row := range readAll(t, s, "2.15", "/articles", "data") {
		_, found := row["parent_ids"]
		if _, old := row["parent_id"]; found || !old {
			t.Errorf("article %v at 2.15 has parent_ids %t and parent_id %t", row["id"], found, old)
		}
	}
}

func TestRedirectsStandWithTheirHelpCenter(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	var all []map[string]any
	for _, id := range mustIDs(t, s, "help_centers") {
		all = append(all, readAll(t, s, "", "/help_center/help_centers/"+id+"/redirects", "data")...)
	}
	wantStream(t, s.Contents(), "redirects", all, "id")
	if status, _, _ := call(t, s, "GET", "/help_center/help_centers/1/redirects", ""); status != http.StatusNotFound {
		t.Errorf("redirects of no help center = %d, want 404", status)
	}
}

func TestNewsfeedsHoldWhatIsAssignedToThem(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	var all []map[string]any
	for _, id := range mustIDs(t, s, "newsfeeds") {
		for _, row := range readAll(t, s, "", "/news/newsfeeds/"+id+"/items", "data") {
			row["newsfeed_id"] = id
			all = append(all, row)
		}
	}
	wantStream(t, s.Contents(), "newsfeed_items", all, "newsfeed_id", "id")
}

func TestFoldersFrom217On(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	rows := readAll(t, s, "2.17", "/folders", "data")
	wantStream(t, s.Contents(), "folders", rows, "id")
	parent, inside := any(nil), 0
	for _, row := range rows {
		if parent == nil {
			parent = row["parent_folder_id"]
		}
		if parent != nil && row["parent_folder_id"] == parent {
			inside++
		}
	}
	if got := readAll(t, s, "2.17", fmt.Sprintf("/folders?parent_folder_id=%v", parent), "data"); len(got) != inside {
		t.Errorf("folder %v holds %d, want %d", parent, len(got), inside)
	}
}

func TestPagesOfInternalArticlesAreStringsFrom217On(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	for version, want := range map[string]string{"2.16": "float64", "2.17": "string"} {
		_, o, _ := callVersion(t, s, version, "GET", "/internal_articles", "")
		pages := o["pages"].(map[string]any)
		if got := fmt.Sprintf("%T", pages["page"]); got != want || fmt.Sprintf("%T", pages["per_page"]) != want {
			t.Errorf("page at %s is a %s, want %s", version, got, want)
		}
	}
}
