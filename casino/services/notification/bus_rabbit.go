// RabbitMQ: a durable queue at the topic exchange `casino`, and another one for what could not be handled.

package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/rabbitmq/amqp091-go"
)

const (
	rabbitExchange  = "casino"
	rabbitQueue     = "notification"
	rabbitAtOnce    = 16
	rabbitHeartbeat = 10 * time.Second
	rabbitDial      = 5 * time.Second
)

type rabbit struct {
	address    string
	reached    atomic.Bool
	connection *amqp091.Connection
	channel    *amqp091.Channel
	deliveries <-chan amqp091.Delivery
}

func openRabbit(address string) *rabbit { return &rabbit{address: address} }

func (r *rabbit) system() string { return "rabbitmq" }

func (r *rabbit) ready() bool { return r.reached.Load() }

func (r *rabbit) next(ctx context.Context) (*delivery, error) {
	if r.deliveries == nil {
		if err := r.connect(); err != nil {
			r.forget()
			return nil, err
		}
		r.reached.Store(true)
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case got, open := <-r.deliveries:
		if !open {
			r.forget()
			return nil, errors.New("the connection to RabbitMQ broke")
		}
		return r.delivery(got), nil
	}
}

func (r *rabbit) connect() error {
	connection, err := amqp091.DialConfig(r.address, amqp091.Config{
		Heartbeat:  rabbitHeartbeat,
		Dial:       amqp091.DefaultDial(rabbitDial),
		Properties: amqp091.Table{"connection_name": "notification"},
	})
	if err != nil {
		return err
	}
	r.connection = connection
	if r.channel, err = connection.Channel(); err != nil {
		return err
	}
	if err := r.declare(); err != nil {
		return err
	}
	r.deliveries, err = r.channel.Consume(rabbitQueue, "", false, false, false, false, nil)
	return err
}

func (r *rabbit) declare() error {
	if err := r.channel.ExchangeDeclare(rabbitExchange, "topic", true, false, false, false, nil); err != nil {
		return err
	}
	for _, queue := range []string{rabbitQueue, deadTopic} {
		if _, err := r.channel.QueueDeclare(queue, true, false, false, false, nil); err != nil {
			return err
		}
	}
	if err := r.channel.QueueBind(rabbitQueue, topic, rabbitExchange, false, nil); err != nil {
		return err
	}
	if err := r.channel.Confirm(false); err != nil {
		return err
	}
	return r.channel.Qos(rabbitAtOnce, 0, false)
}

func (r *rabbit) delivery(got amqp091.Delivery) *delivery {
	headers := make(map[string]string, len(got.Headers))
	for name, value := range got.Headers {
		headers[name] = fmt.Sprint(value)
	}
	channel := r.channel
	return &delivery{
		message: message{key: headers["key"], value: got.Body, headers: headers, at: got.Timestamp},
		done:    func(context.Context) error { return got.Ack(false) },
		dead: func(ctx context.Context, reason string) error {
			if err := bury(ctx, channel, got, reason); err != nil {
				return err
			}
			return got.Ack(false)
		},
	}
}

// bury returns when the broker has it; only then is the message taken from its queue.
func bury(ctx context.Context, channel *amqp091.Channel, got amqp091.Delivery, reason string) error {
	headers := amqp091.Table{"reason": reason}
	for name, value := range got.Headers {
		headers[name] = value
	}
	confirmation, err := channel.PublishWithDeferredConfirmWithContext(ctx, "", deadTopic, true, false, amqp091.Publishing{
		Headers: headers, Body: got.Body, ContentType: got.ContentType, MessageId: got.MessageId, DeliveryMode: amqp091.Persistent,
	})
	if err != nil {
		return err
	}
	taken, err := confirmation.WaitContext(ctx)
	if err == nil && !taken {
		err = errors.New("RabbitMQ did not take a dead letter")
	}
	return err
}

func (r *rabbit) forget() {
	if r.connection != nil {
		// It is broken or was never whole; there is nobody to tell.
		_ = r.connection.Close()
	}
	r.connection, r.channel, r.deliveries = nil, nil, nil
}

func (r *rabbit) close() { r.forget() }
