// Takes one message after the other: in its trace, with further tries, and past whatever it does to us.

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/getsentry/sentry-go"
)

const (
	tries      = 3
	firstPause = 100 * time.Millisecond
	slowPause  = time.Second
	longPause  = 15 * time.Second
	endWithin  = 5 * time.Second
	// Some 80 bytes each.
	mostSeen = 4096
)

// errPanic marks what must not be tried again: the next try would panic, too.
var errPanic = errors.New("panic")

// sendError says which of the channels does not work.
type sendError struct {
	by    channel
	cause error
}

func (e *sendError) Error() string { return fmt.Sprintf("%s cannot be sent: %v", e.by, e.cause) }

func (e *sendError) Unwrap() error { return e.cause }

type worker struct {
	source source
	send   func(notice) error
	flags  *flags
	seen   *seen
	now    func() time.Time
	pause  func(context.Context, time.Duration)
}

func newWorker(from source, to *sinks, flags *flags) *worker {
	return &worker{source: from, send: to.send, flags: flags, seen: newSeen(mostSeen), now: time.Now, pause: pause}
}

func (w *worker) run(ctx context.Context) {
	wait := firstPause
	for ctx.Err() == nil {
		got, err := w.source.next(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			log(ctx, levelWarn, "the bus gives no messages", field{"error", err.Error()})
			w.pause(ctx, wait)
			wait = min(wait*2, longPause)
			continue
		}
		wait = firstPause
		w.handle(ctx, got)
	}
}

// handle decides what becomes of one message. A stop request does not tear it in the middle.
func (w *worker) handle(ctx context.Context, got *delivery) {
	span, end := startMessage(context.WithoutCancel(ctx), w.source.system(), got)
	err := w.process(span, got)
	if err == nil {
		err = bounded(span, got.done)
	} else {
		reportFailure(span, err)
		err = bounded(span, func(ctx context.Context) error { return got.dead(ctx, err.Error()) })
	}
	if err != nil {
		// It was not confirmed, so it comes again.
		log(span, levelError, "a message could not be put away", field{"error", err.Error()})
	}
	end(err)
}

func bounded(ctx context.Context, act func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, endWithin)
	defer cancel()
	return act(ctx)
}

func (w *worker) process(ctx context.Context, got *delivery) error {
	what, err := decode(got.value)
	if err != nil {
		return err
	}
	ask := asker{player: what.Player, market: what.Market, fault: got.headers[headerFault]}
	describe(ctx, what)
	measureLag(ctx, max(0, w.now().Sub(what.sent(got.at))))
	if w.flags.on(ctx, "kafkaLag", ask) {
		w.pause(ctx, slowPause)
	}
	if w.seen.has(what.ID) {
		log(ctx, levelInfo, "this message was here before", field{"event", what.ID})
		return nil
	}
	wait := firstPause
	for attempt := 1; ; attempt++ {
		err = w.attempt(ctx, what)
		if err == nil {
			w.seen.add(what.ID)
			return nil
		}
		log(ctx, levelWarn, "a player was not told", field{"event", what.ID}, field{"attempt", attempt}, field{"error", err.Error()})
		if attempt == tries || errors.Is(err, errPanic) {
			return err
		}
		w.pause(ctx, wait)
		wait *= 3
	}
}

// attempt turns a panic into an error, reported with its own stack.
func (w *worker) attempt(ctx context.Context, what event) (err error) {
	defer func() {
		if found := recover(); found != nil {
			reportPanic(ctx, found)
			err = fmt.Errorf("%w: %v", errPanic, found)
		}
	}()
	for _, told := range compose(what, traceOf(ctx), w.now()) {
		if err := w.deliver(ctx, told); err != nil {
			return err
		}
	}
	return nil
}

func (w *worker) deliver(ctx context.Context, told notice) error {
	span := sentry.StartSpan(ctx, "notification.send", sentry.WithDescription("send "+string(told.Channel)))
	defer span.Finish()
	span.SetData("channel", string(told.Channel))
	if err := w.send(told); err != nil {
		span.Status = sentry.SpanStatusInternalError
		return &sendError{told.Channel, err}
	}
	span.Status = sentry.SpanStatusOK
	countSent(ctx, told.Channel)
	log(span.Context(), levelInfo, "a player was told", field{"channel", string(told.Channel)}, field{"event", told.EventID})
	return nil
}

func pause(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
