/* What the two files of agent_state and routing share. */
#ifndef SANGDAM_CHAT_AGENT_STATE_PRIV_H
#define SANGDAM_CHAT_AGENT_STATE_PRIV_H

#include "lib/chat/agent_state.h"

/* The reason that is shown: none but when away; of who did not choose to be, AWAY_IDLE. */
int32_t agent_state_shown_reason(enum agent_presence state, enum agent_presence chosen, int32_t reason_id);

#endif
