package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"countersign/internal/store"
)

// Anchor is a file with one line per head of the audit chain: time, number and
// hash. It belongs in a place that somebody who can write the state folder cannot
// write.
type Anchor struct {
	path string
	now  func() time.Time
}

const anchorMode fs.FileMode = 0o600

// NewAnchor returns the anchor in a file and makes the file where it is missing.
func NewAnchor(path string, now func() time.Time) (*Anchor, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("audit anchor: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, anchorMode) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("audit anchor: %w; it has to be a file that can be appended to, outside of the state folder", err)
	}
	if err := errors.Join(f.Close(), syncFolder(filepath.Dir(path))); err != nil {
		return nil, fmt.Errorf("audit anchor: %w", err)
	}
	return &Anchor{path: path, now: now}, nil
}

// Append appends a head; the line is on the disk when this returns. Several processes
// append to one file: each line is one write, and the order of the lines has no
// meaning.
func (a *Anchor) Append(h store.Head) error {
	at, err := store.FormatTime(a.now())
	if err != nil {
		return fmt.Errorf("audit anchor: %w", err)
	}
	f, err := os.OpenFile(a.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, anchorMode)
	if err != nil {
		return fmt.Errorf("audit anchor: %w", err)
	}
	text := fmt.Sprintf("%s %d %s\n", at, h.Seq, h.Hash)
	if a.torn() {
		text = "\n" + text
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("audit anchor: %w", err)
	}
	return nil
}

// torn reports whether the last line has no line feed, because the process was killed
// or the disk was full in the middle of a write.
func (a *Anchor) torn() bool {
	f, err := os.Open(a.path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false
	}
	last := make([]byte, 1)
	_, err = f.ReadAt(last, info.Size()-1)
	return err == nil && last[0] != '\n'
}

// anchorTail is the number of bytes at the end of an anchor that latest reads; the
// whole file could take too long.
const anchorTail = 64 << 10

// latest returns the head with the greatest number at the end of an anchor; the zero
// Head where there is no head.
func (a *Anchor) latest() (store.Head, error) {
	f, err := os.Open(a.path)
	if err != nil {
		return store.Head{}, fmt.Errorf("audit anchor: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return store.Head{}, fmt.Errorf("audit anchor: %w", err)
	}
	var greatest store.Head
	section := io.NewSectionReader(f, max(0, info.Size()-anchorTail), anchorTail)
	_, err = scanAnchor(section, func(h store.Head) bool {
		if h.Seq > greatest.Seq {
			greatest = h
		}
		return true
	})
	return greatest, err
}

// scanAnchor reads heads until each returns false. It counts the lines that cannot be
// read, such as one whose write was interrupted.
func scanAnchor(r io.Reader, each func(store.Head) bool) (unreadable int, err error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		h, ok := parseAnchor(lines.Text())
		if !ok {
			unreadable++
			continue
		}
		if !each(h) {
			break
		}
	}
	if err := lines.Err(); err != nil {
		return unreadable, fmt.Errorf("audit anchor: %w", err)
	}
	return unreadable, nil
}

// hashDigits is the number of hexadecimal digits of a hash.
const hashDigits = 64

func parseAnchor(text string) (store.Head, bool) {
	fields := strings.Fields(text)
	if len(fields) != 3 || len(fields[2]) != hashDigits {
		return store.Head{}, false
	}
	if _, err := store.ParseTime(fields[0]); err != nil {
		return store.Head{}, false
	}
	seq, err := strconv.ParseInt(fields[1], 10, 64)
	return store.Head{Seq: seq, Hash: fields[2]}, err == nil && seq > 0
}

// syncFolder makes the name of a new file durable, where the system can do that.
func syncFolder(dir string) error {
	f, err := os.Open(dir) //nolint:gosec // the folder of a file that the operator names
	if err != nil {
		return err
	}
	// Windows and some file systems cannot do it, and there is no other way.
	_ = f.Sync()
	return f.Close()
}
