package mcpserver

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"sync"
)

// maxQuestions bounds the unanswered questions of one session.
const maxQuestions = 32

// questions are the unanswered questions to clients of the legacy eras, by session and
// ID. A client sends its answer as a message of its own in the same session.
type questions struct {
	mu   sync.Mutex
	open map[string]map[int64]chan clientAnswer
}

// clientAnswer is the answer of a client: a result or an error.
type clientAnswer struct {
	Result json.RawMessage
	Error  json.RawMessage
}

var errTooManyQuestions = errors.New("too many questions of this session wait for an answer")

// put adds a question. Its ID is random, so it is not valid in another process or
// session.
func (q *questions) put(session string) (id int64, answer chan clientAnswer, drop func(), err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.open[session]) >= maxQuestions {
		return 0, nil, nil, errTooManyQuestions
	}
	if q.open == nil {
		q.open = map[string]map[int64]chan clientAnswer{}
	}
	if q.open[session] == nil {
		q.open[session] = map[int64]chan clientAnswer{}
	}
	id, answer = randomID(), make(chan clientAnswer, 1)
	q.open[session][id] = answer
	return id, answer, func() { q.take(session, id) }, nil
}

// randomID returns a number of 52 bits, which a JSON number represents exactly.
func randomID() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return int64(binary.BigEndian.Uint64(b[:]) >> 12)
}

func (q *questions) take(session string, id int64) chan clientAnswer {
	q.mu.Lock()
	defer q.mu.Unlock()
	answer := q.open[session][id]
	delete(q.open[session], id)
	if len(q.open[session]) == 0 {
		delete(q.open, session)
	}
	return answer
}

// answer passes an answer to the call that waits for it, and reports whether one did.
// The first answer counts.
func (q *questions) answer(session string, id int64, a clientAnswer) bool {
	waiting := q.take(session, id)
	if waiting == nil {
		return false
	}
	waiting <- a
	return true
}

// end fails all questions of a session.
func (q *questions) end(session string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, waiting := range q.open[session] {
		close(waiting)
	}
	delete(q.open, session)
}

var (
	errNotAnswered  = errors.New("the client answered a question with an error")
	errSessionEnded = errors.New("the session ended before the question was answered")
)

// ask sends a question to the client of a session and waits for the result. It fails
// if the client answers with an error, the session ends, or ctx is done.
func (q *questions) ask(ctx context.Context, session, method string, params any, tell func([]byte) error) (json.RawMessage, error) {
	id, answer, drop, err := q.put(session)
	if err != nil {
		return nil, err
	}
	defer drop()
	raw, err := json.Marshal(struct {
		Version string `json:"jsonrpc"`
		ID      int64  `json:"id"`
		Method  string `json:"method"`
		Params  any    `json:"params"`
	}{"2.0", id, method, params})
	if err != nil {
		return nil, err
	}
	if err := tell(raw); err != nil {
		return nil, err
	}
	select {
	case a, open := <-answer:
		switch {
		case !open:
			return nil, errSessionEnded
		case a.Result == nil:
			return nil, errNotAnswered
		}
		return a.Result, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
