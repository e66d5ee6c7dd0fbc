#include "track/visit_parts.h"

float calibrate_flow(float raw)
{
	return raw;
}

float calibrate_burst(float raw)
{
	return raw;
}

float calibrate_visit(float raw)
{
	return raw;
}
