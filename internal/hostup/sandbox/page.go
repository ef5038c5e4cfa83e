package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"

	"countersign/internal/hostup"
	"countersign/internal/sandboxkit"
)

const (
	// defaultPage is how many rows a page has without a limit. It is documented for the
	// products only and [inferred] for the other lists.
	defaultPage = 20
	// maxPage is the largest limit of the lists that are wrapped.
	maxPage = 100
)

// paged returns the requested page of a list; most limits its rows where it is above 0.
func paged[T any](r *http.Request, rows []T, most int) answer {
	f := &form{}
	limit, offset := f.query(r, "limit", defaultPage, 1, maxPage), 0
	if text := r.URL.Query().Get("cursor"); text != "" {
		n, known := readCursor(text)
		if !known {
			f.report("cursor", "is not one that this list gave out.", "invalid_cursor")
		}
		offset = n
	}
	if f.wrong() {
		return invalid(f.issues...)
	}
	if most > 0 {
		limit = min(limit, most)
	}
	page, more := sandboxkit.Offset(rows, limit, offset)
	if page == nil {
		page = []T{}
	}
	list := hostup.List[T]{Data: page}
	if more {
		next := writeCursor(offset + limit)
		list.NextCursor = &next
	}
	return ok(list)
}

// cursor is the content of an opaque cursor.
type cursor struct {
	Offset int `json:"offset"`
}

func writeCursor(offset int) string {
	raw := fmt.Sprintf(`{"offset":%d}`, offset)
	return base64.StdEncoding.EncodeToString([]byte(raw))
}

func readCursor(text string) (offset int, ok bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return 0, false
	}
	var c cursor
	if json.Unmarshal(raw, &c) != nil || c.Offset < 0 {
		return 0, false
	}
	return c.Offset, true
}
