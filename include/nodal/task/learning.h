// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_learning_h
#define nodal_task_learning_h

#include <nodal/core/choice.h>
#include <nodal/learn/neural_operator.h>

#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  class SampleSet;

  /// The entries about networks that several tasks share.
  class Learning
  {
  public:
    Learning();

    void add_parameters(Parameters &prm);

    Choice<NeuralOperator> network;
    std::string model_folder = "model";
    unsigned int coarsest_size = 8;
  };

  /// Data sets named in a list, separated by commas; where it is empty, the
  /// one called @p own.
  std::vector<std::string> dataset_files(const std::string &list,
                                         const std::string &own);
} // namespace nodal

#endif
