package audit

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"countersign/internal/store"
)

// WriteCSV exports records for a spreadsheet, with columns for the fields that people
// look for and one for the whole body. Unlike JSON lines, CSV cannot be verified.
func WriteCSV(w io.Writer, chain store.Snapshot) (count int64, err error) {
	out := csv.NewWriter(w)
	failed := out.Write([]string{
		"seq", "at", "operation", "kind", "principal", "tool", "account", "effect", "summary", "by", "road", "terminal", "seconds",
		"reason", "marker", "plan_digest", "failure", "body", "prev", "hash",
	})
	if failed == nil {
		err = chain.Records(0, func(r store.Record) bool {
			failed = out.Write(cells(r))
			count++
			return failed == nil
		})
	}
	if err == nil {
		err = failed
	}
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	if err != nil {
		return count, fmt.Errorf("export audit: %w", err)
	}
	return count, nil
}

func cells(r store.Record) []string {
	b, _ := ReadBody(r)
	seconds, failure := "", ""
	if b.Seconds != nil {
		seconds = strconv.FormatFloat(*b.Seconds, 'f', 3, 64)
	}
	if b.Failure != nil {
		failure = strings.TrimSpace(b.Failure.Code + ": " + b.Failure.Message)
	}
	row := []string{
		strconv.FormatInt(r.Seq, 10), r.At.UTC().Format(time.RFC3339Nano), r.Operation, r.Kind, b.Principal, b.Tool, b.Account, b.Effect,
		b.Summary, b.By, b.Road, b.Terminal, seconds, b.Reason, b.Marker, b.PlanDigest, failure, string(r.Body), r.Prev, r.Hash,
	}
	for i, cell := range row {
		row[i] = inert(cell)
	}
	return row
}

// inert keeps a spreadsheet from reading a text as a formula, because names and errors
// are not ours. Spreadsheets skip leading spaces and quotes, and some accept full-width
// signs too.
func inert(cell string) string {
	first := strings.TrimLeft(cell, " \u00a0\u3000\t\r\n\v\f\"'")
	if first != "" && strings.ContainsRune("=+-@|%＝＋－＠", []rune(first)[0]) {
		return "'" + cell
	}
	if cell != "" && strings.ContainsRune("\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
