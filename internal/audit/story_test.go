package audit_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/record"
	"countersign/internal/store"
	"countersign/internal/tool"
)

func TestFilters(t *testing.T) {
	w := newWorld(t)
	put := func(at time.Time, operation, kind, body string) {
		t.Helper()
		if err := w.store.Append(t.Context(), store.Record{At: at, Operation: operation, Kind: kind, Body: json.RawMessage(body)}); err != nil {
			t.Fatal(err)
		}
	}
	put(day(1), "op_1", "asked", `{"account":"gpcn","principal":"alice"}`)
	put(day(2), "op_1", "approved", `{"account":"gpcn","principal":"alice"}`)
	put(day(3), "op_2", "asked", `{"account":"hostup","principal":"bob"}`)
	put(day(4), "op_2", "denied", `{"account":"hostup","principal":"bob"}`)
	put(day(5), "", "compacted", ``)
	put(day(6), "op_3", "asked", `garbage`)
	tests := []struct {
		name   string
		filter audit.Filter
		want   string
	}{
		{"all", audit.Filter{}, "123456"},
		{"operation", audit.Filter{Operation: "op_2"}, "34"},
		{"part of an ID", audit.Filter{Operation: "op_"}, ""},
		{"kind", audit.Filter{Kinds: []string{"asked"}}, "136"},
		{"kinds", audit.Filter{Kinds: []string{"approved", "denied"}}, "24"},
		{"account", audit.Filter{Account: "gpcn"}, "12"},
		{"principal", audit.Filter{Principal: "bob"}, "34"},
		{"principal and account", audit.Filter{Principal: "bob", Account: "gpcn"}, ""},
		{"since, that moment included", audit.Filter{Since: day(3)}, "3456"},
		{"until, that moment excluded", audit.Filter{Until: day(3)}, "12"},
		{"between", audit.Filter{Since: day(2), Until: day(4)}, "23"},
		{"the last ones", audit.Filter{Limit: 2}, "56"},
		{"the last of some", audit.Filter{Kinds: []string{"asked"}, Limit: 2}, "36"},
		{"more than there are", audit.Filter{Limit: 100}, "123456"},
		{"exactly as many", audit.Filter{Limit: 6}, "123456"},
	}
	for _, test := range tests {
		got := ""
		err := test.filter.Each(t.Context(), w.store, func(r store.Record) error {
			got += string(rune('0' + r.Seq))
			return nil
		})
		if err != nil || got != test.want {
			t.Errorf("%s: got %q (%v), want %q", test.name, got, err, test.want)
		}
	}
}

func TestTimesOfPeople(t *testing.T) {
	zone := time.FixedZone("", 2*60*60)
	now := time.Date(2026, 5, 10, 12, 0, 0, 0, zone)
	for text, want := range map[string]time.Time{
		"2026-05-01":                time.Date(2026, 5, 1, 0, 0, 0, 0, zone),
		"2026-05-01 10:30":          time.Date(2026, 5, 1, 10, 30, 0, 0, zone),
		"2026-05-01T10:30:15":       time.Date(2026, 5, 1, 10, 30, 15, 0, zone),
		"2026-05-01T10:30:15Z":      time.Date(2026, 5, 1, 10, 30, 15, 0, time.UTC),
		"2026-05-01T10:30:15-05:00": time.Date(2026, 5, 1, 15, 30, 15, 0, time.UTC),
		"30d":                       time.Date(2026, 4, 10, 12, 0, 0, 0, zone),
		"0d":                        now,
		"90m":                       time.Date(2026, 5, 10, 10, 30, 0, 0, zone),
	} {
		if got, err := audit.ParseTime(text, now, zone); err != nil || !got.Equal(want) {
			t.Errorf("%s is %v (%v), want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "yesterday", "2026-13-01", "-1h", "-3d", "3 d", "d", "01.05.2026", "+3d"} {
		if got, err := audit.ParseTime(text, now, zone); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

// story returns the story of records.
func story(t *testing.T, records ...store.Record) string {
	t.Helper()
	var b strings.Builder
	teller := audit.Teller{Zone: time.UTC, Plan: func(p tool.Plan, marker string) string {
		return p.Summary + "\n\n  marker " + marker + "\n"
	}}
	if err := teller.Tell(&b, records); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAStoryInWords(t *testing.T) {
	record := func(seq int64, kind, body string) store.Record {
		return store.Record{Seq: seq, At: noon().Add(time.Duration(seq) * time.Second), Operation: "op_1", Kind: kind, Body: json.RawMessage(body)}
	}
	const whose = `"principal":"local","tool":"create_vm","account":"gpcn","effect":"bill",`
	got := story(t,
		record(1, "asked", `{`+whose+`"summary":"Create 1 VM","shown":{"targets":[],"attachments":[{"title":"cloud-init","sha256":"ab12"}]},"road":"form","marker":"countersign-0123"}`),
		record(2, "no_answer", `{`+whose+`"road":"form","seconds":0.005,"reason":"answered faster than a person can read: accept"}`),
		record(3, "approved", `{`+whose+`"summary":"Create 1 VM","plan_digest":"d","by":"ana","road":"terminal","terminal":"/dev/pts/7","seconds":12.34}`),
		record(4, "sent", `{`+whose+`"marker":"countersign-0123"}`),
		record(5, "unknown", `{`+whose+`"failure":{"code":"cloud_unavailable","message":"No answer.","vendor_code":"E7","vendor_message":"bad \u202e gateway","request_id":"req_1"}}`),
		record(6, "settled", `{`+whose+`"result":{"summary":"Created 1 VM.","ids":[{"kind":"vm","id":"v-1"}]}}`),
		record(7, "running", `{`+whose+`"result":[{"job":"j-1","state":"running"}]}`),
		record(8, "delivered", `{`+whose+`"x":1}`),
		record(10, "pin_set", `{"by":"ana","road":"terminal","terminal":"/dev/pts/7","pin":"ab","carried":{"seq":3,"hash":"h"}}`),
		record(11, "pin_wrong", `{"by":"ana","road":"terminal","terminal":"/dev/pts/7","pin":"ab","reason":"1 wrong since the last right one"}`),
		record(12, "closed", `{"by":"ana","road":"terminal","terminal":"/dev/pts/7","said":"nothing came of it","checked":false}`),
		record(9, "moon_phase", `{"by":"bob","road":"page","reason":"it was full","weight":[1,2]}`),
	)
	want := `2026-03-04 12:00:01 UTC  Asked for by local: create_vm on gpcn (effect: bill). The question went to the client's form.  (record 1)
    Create 1 VM

      marker countersign-0123
    cloud-init: shown whole; SHA-256 ab12
2026-03-04 12:00:02 UTC  No answer on the road of somebody by the client's form after 0.0 s (answered faster than a person can read: accept).  (record 2)
2026-03-04 12:00:03 UTC  Approved by ana by the terminal /dev/pts/7 after 12.3 s.  (record 3)
    It was: Create 1 VM
2026-03-04 12:00:04 UTC  The approval was spent and the request sent, marked countersign-0123.  (record 4)
2026-03-04 12:00:05 UTC  The answer was lost: it is not known whether it was carried out.  (record 5)
    cloud_unavailable: No answer.
    the cloud's words: E7 "bad  gateway"
    the cloud's request: req_1
2026-03-04 12:00:06 UTC  What became of it was found out.  (record 6)
    Created 1 VM.
    vm v-1
2026-03-04 12:00:07 UTC  The cloud accepted it and goes on with it.  (record 7)
    job j-1: running
2026-03-04 12:00:08 UTC  The result, or the refusal, reached the client.  (record 8)
    x: 1
2026-03-04 12:00:10 UTC  The approver's PIN was set by ana by the terminal /dev/pts/7; this stood in record 3, which was compacted away.  (record 10)
2026-03-04 12:00:11 UTC  A wrong approver's PIN was typed by ana by the terminal /dev/pts/7 (1 wrong since the last right one).  (record 11)
2026-03-04 12:00:12 UTC  Closed by the word of ana by the terminal /dev/pts/7: nothing came of it, which no cloud bears out.  (record 12)
2026-03-04 12:00:09 UTC  Noted as "moon_phase" by bob by page (it was full).  (record 9)
    weight: [1,2]
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestNothingSteersATerminal pins that no text of a record can control a terminal.
func TestNothingSteersATerminal(t *testing.T) {
	evil := "a\x1b[2Jb\r\nc\u202ed\u200b"
	raw, err := json.Marshal(evil)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.ReplaceAll(`{"principal":X,"tool":X,"account":X,"effect":X,"summary":X,"plan_digest":X,"by":X,"road":X,"terminal":X,"marker":X,"grant":X,"needs":X,"reason":X,"said":X,"pin":X,"checked":false,"possible":[X],"carried":{"seq":1,"hash":X},
		"result":{"summary":X,"ids":[{"kind":X,"id":X}]},"parts":[{"job":X,"state":X,"message":X,"made_id":X}],"failure":{"code":X,"message":X,"vendor_code":X,"vendor_message":X,"request_id":X},"other":X}`, "X", string(raw))
	kinds := append(record.Kinds(), store.RecordCompacted, evil)
	for _, kind := range kinds {
		r := store.Record{Seq: 1, At: noon(), Operation: evil, Kind: kind, Body: json.RawMessage(all)}
		for what, text := range map[string]string{"told": story(t, r), "row": audit.Row(r, time.UTC)} {
			if strings.ContainsAny(text, "\x1b\r\u202e\u200b") {
				t.Errorf("%s %q: %q", what, kind, text)
			}
		}
		if row := audit.Row(r, time.UTC); strings.Count(row, "\t") != 7 || strings.Contains(row, "\n") {
			t.Errorf("row of %q: %q", kind, row)
		}
	}
	for _, body := range []string{"", "garbage\x1b", "[]", `{"seconds":"x","shown":3,"result":true,"by":7}`, "null"} {
		if text := story(t, store.Record{Kind: "asked", Body: json.RawMessage(body)}); strings.Contains(text, "\x1b") || !strings.Contains(text, "Asked for") {
			t.Errorf("%q: %q", body, text)
		}
	}
}

// TestRefusalsAreToldWithTheirNumber checks what is told of refusals that were counted and
// not recorded one by one.
func TestRefusalsAreToldWithTheirNumber(t *testing.T) {
	for body, want := range map[string]string{
		`{"principal":"bob","tool":"create_vm","account":"hostup","effect":"bill","reason":"Not here.","repeats":399,"summary":"and 399 more like it in that minute"}`: "Asked for by bob: create_vm on hostup (effect: bill), 399 more in that minute. The rules forbid them (Not here.).",
		`{"principal":"bob\u001b[2J","repeats":7}`: "Asked for by bob[2J: calls of other kinds, 7 more in that minute. The rules forbid them.",
	} {
		text := story(t, store.Record{Kind: "forbidden", Body: json.RawMessage(body)})
		if !strings.Contains(text, want) || strings.Contains(text, "repeats") || strings.Contains(text, "\x1b") {
			t.Errorf("%q, want %q", text, want)
		}
	}
}

func TestRowsSayWhatIsLookedFor(t *testing.T) {
	for body, want := range map[string]string{
		`asked {"account":"gpcn","tool":"create_vm","summary":"Create 1 VM"}`:                                                             "-\tgpcn\tcreate_vm\tCreate 1 VM",
		`forbidden {"principal":"alice","account":"gpcn","tool":"delete_vm","summary":"Delete 1 VM","reason":"ask the owners. (rule 1)"}`: "\talice\tgpcn\tdelete_vm\tDelete 1 VM (ask the owners. (rule 1))",
		`approved {"summary":"Create","by":"ana","road":"terminal","terminal":"/dev/pts/7","seconds":2}`:                                  "-\t-\tana by the terminal /dev/pts/7 after 2.0 s",
		`denied {"by":"the user of the client","road":"form","reason":"form: decline"}`:                                                   "the user of the client by the client's form (form: decline)",
		`failed {"failure":{"code":"denied","message":"No."}}`:                                                                            "denied: No.",
		`done {"result":{"summary":"Created."}}`:                                                                                          "Created.",
		`expired {"reason":"from waiting"}`:                                                                                               "from waiting",
		`forbidden {"summary":"and 9 more like it in that minute","repeats":9,"reason":"Not here."}`:                                      "and 9 more like it in that minute (Not here.)",
	} {
		kind, body, _ := strings.Cut(body, " ")
		row := audit.Row(store.Record{Seq: 7, At: noon(), Operation: "op_1", Kind: kind, Body: json.RawMessage(body)}, time.UTC)
		if !strings.HasPrefix(row, "7\t2026-03-04 12:00:00 UTC\top_1\t"+kind+"\t") || !strings.HasSuffix(row, want) {
			t.Errorf("%q, want it to end in %q", row, want)
		}
	}
}
