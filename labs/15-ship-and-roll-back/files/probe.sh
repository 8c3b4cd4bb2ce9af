# Asks the shop again and again, each time over a new connection, and writes down each second who answered and what was lost.
lost=0
while :; do
  answers=
  for time in 1 2 3 4; do
    if answer=$(curl --silent --fail --max-time 5 http://shop/ 2>&1); then
      answers="$answers${answer%%
*}
"
    else
      lost=$((lost + 1))
    fi
    sleep 0.2
  done
  echo "$(date +%H:%M:%S)  lost so far: $lost $(printf '%s' "$answers" | sort | uniq -c | tr '\n' ' ')"
done
