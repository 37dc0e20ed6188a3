/* queue_place: tells waiting customers their place: {kind:"QUEUE", position, estimateS} on /topic/chat/{id}/live, after each change of the queue. */
#ifndef SANGDAM_PUSHD_QUEUE_PLACE_H
#define SANGDAM_PUSHD_QUEUE_PLACE_H

struct push;
struct queue_place;

struct queue_place *queue_place_new(struct push *push);
void queue_place_free(struct queue_place **q);
/* The queue changed, or somebody new listens: changes of a moment are told together. */
void queue_place_changed(struct push *push);

#endif
